package io.kyanos.reassembly;

/**
 * The bounds of a reassembly.
 *
 * @param maxFlows followed at a time
 * @param maxHeldBytes of segments that wait, per direction of a connection
 * @param maxHeldTotalBytes of all segments that wait
 */
public record ReassemblySettings(int maxFlows, int maxHeldBytes, long maxHeldTotalBytes) {

    public ReassemblySettings {
        if (maxFlows < 1 || maxHeldBytes < 1 || maxHeldTotalBytes < 1) {
            throw new IllegalArgumentException("bounds of reassembly: " + maxFlows + " flows, " + maxHeldBytes + " and "
                    + maxHeldTotalBytes + " bytes (expected: >= 1)");
        }
    }
}
