package io.kyanos.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Names of a process that user space has found, in addition to the kernel side's name of its program. Immutable.
 *
 * <p>It travels after the event of the process, so that a recording has it, too:
 *
 * <pre>
 *  the event                    for each name                      at the end
 *  +--------------------+       +--------+--------+----------+     +--------+-------+
 *  | struct ky_process  |       | source | length | UTF-8    | ... | length | magic |
 *  +--------------------+       +--------+--------+----------+     +--------+-------+
 *                                1        1                         2        4        bytes
 * </pre>
 *
 * The last length is that of everything after the event but itself and the magic number.
 */
public final class FoundNames {

    public static final FoundNames NONE = new FoundNames(Map.of());

    /** Characters of a name at most, as many as the kernel side gives of a program's name. */
    public static final int MAX_LENGTH = 63;

    private static final int MAGIC = 0x454d414e; // "NAME"
    private static final int END_BYTES = Short.BYTES + Integer.BYTES;
    private static final int HEAD_BYTES = 2;
    private static final char REPLACEMENT = '\uFFFD';

    private final Map<NameSource, String> names;

    private FoundNames(Map<NameSource, String> names) {
        this.names = names;
    }

    /** Those of the names that can be shown; see {@link #shown}. */
    public static FoundNames of(Map<NameSource, String> names) {
        Map<NameSource, String> shown = new EnumMap<>(NameSource.class);
        names.forEach((source, name) -> shown(name).ifPresent(text -> shown.put(source, text)));
        return shown.isEmpty() ? NONE : new FoundNames(shown);
    }

    /** Empty where there is none. */
    public String by(NameSource source) {
        return names.getOrDefault(source, "");
    }

    public boolean isEmpty() {
        return names.isEmpty();
    }

    /** The bytes of a process's event with these names after it. */
    public byte[] behind(EventDecoder event) {
        byte[] bytes = new byte[event.length() + names.size() * (HEAD_BYTES + 255) + END_BYTES];
        event.copyTo(bytes, 0);
        int at = event.length();
        for (Map.Entry<NameSource, String> name : names.entrySet()) {
            byte[] text = name.getValue().getBytes(StandardCharsets.UTF_8);
            bytes[at] = (byte) name.getKey().code();
            bytes[at + 1] = (byte) text.length;
            System.arraycopy(text, 0, bytes, at + HEAD_BYTES, text.length);
            at += HEAD_BYTES + text.length;
        }
        int length = at - event.length();
        bytes[at++] = (byte) length;
        bytes[at++] = (byte) (length >>> 8);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            bytes[at++] = (byte) (MAGIC >>> shift);
        }
        return Arrays.copyOf(bytes, at);
    }

    /** What follows the event of {@code eventBytes}, where {@code length} bytes from {@code base} are there. */
    static FoundNames read(byte[] bytes, int base, int length, int eventBytes) {
        int end = base + length - END_BYTES;
        if (length < eventBytes + END_BYTES || magicAt(bytes, end + Short.BYTES) != MAGIC) {
            return NONE;
        }
        int at = end - ((bytes[end] & 0xff) | ((bytes[end + 1] & 0xff) << 8));
        if (at < base + eventBytes) {
            return NONE;
        }
        Map<NameSource, String> names = new EnumMap<>(NameSource.class);
        while (at + HEAD_BYTES <= end) {
            int textBytes = bytes[at + 1] & 0xff;
            int text = at + HEAD_BYTES;
            if (text + textBytes > end) {
                return NONE;
            }
            NameSource.of(bytes[at])
                    .ifPresent(source -> names.put(source, new String(bytes, text, textBytes, StandardCharsets.UTF_8)));
            at = text + textBytes;
        }
        return of(names);
    }

    /**
     * The name that a text makes: its first {@value #MAX_LENGTH} characters. No name if the text has no letter, or has
     * control characters, invisible ones, or invalid ones.
     */
    public static Optional<String> shown(String text) {
        String name = text.strip();
        if (name.length() > MAX_LENGTH) {
            name = name.substring(
                    0, Character.isHighSurrogate(name.charAt(MAX_LENGTH - 1)) ? MAX_LENGTH - 1 : MAX_LENGTH);
        }
        boolean isName = name.codePoints().anyMatch(Character::isLetter)
                && name.codePoints().noneMatch(FoundNames::cannotBeShown);
        return isName ? Optional.of(name) : Optional.empty();
    }

    private static boolean cannotBeShown(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> true;
            default -> character == REPLACEMENT;
        };
    }

    private static int magicAt(byte[] bytes, int at) {
        return (bytes[at] & 0xff)
                | ((bytes[at + 1] & 0xff) << 8)
                | ((bytes[at + 2] & 0xff) << 16)
                | (bytes[at + 3] << 24);
    }
}
