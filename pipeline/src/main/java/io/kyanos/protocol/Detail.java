package io.kyanos.protocol;

/**
 * How much of each message is kept beside its labels and sizes.
 *
 * @param attributes keep resource and attributes (keys, paths, headers)
 * @param maxTextBytes keep up to so many captured bytes of each message for {@code Message.text()}; 0 keeps none
 * @param maskSecrets replace secrets (Authorization, cookies, AUTH, passwords) in text and attributes
 */
public record Detail(boolean attributes, int maxTextBytes, boolean maskSecrets) {

    /** Labels, sizes and outcome only: what metrics need. */
    public static final Detail NONE = new Detail(false, 0, true);

    public Detail {
        if (maxTextBytes < 0) {
            throw new IllegalArgumentException("maxTextBytes: " + maxTextBytes + " (expected: >= 0)");
        }
    }

    public boolean text() {
        return maxTextBytes > 0;
    }
}
