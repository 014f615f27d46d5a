package io.kyanos.protocol.http2;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Header blocks of one sender that does all that RFC 7541 lets it do: every form of a field, numbers old and new, sizes of the table at
 * random, also several before one block. Knows what one who joined late can know of them.
 */
final class RandomBlocks {

    /** What the other side allows. */
    static final int MOST_BYTES = 1 << 14;

    private static final String[] NAMES = {
        ":path",
        ":authority",
        "cookie",
        "x-request-id",
        "grpc-timeout",
        "user-agent",
        "a",
        "accept",
        "x-long-name-of-a-field",
        "date"
    };

    private record Entry(String name, String value, boolean nameIsKnown) {
        int bytes() {
            return name.length() + value.length() + 32;
        }
    }

    private final Random random;

    /** Newest first. */
    private final List<Entry> table = new ArrayList<>();

    private int bytes;
    private int maxBytes = FieldTable.DEFAULT_BYTES;

    /** So many of the newest were added since the late one joined. */
    private int seen;

    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final List<String> lines = new ArrayList<>();
    private final List<String> linesOfTheLate = new ArrayList<>();

    RandomBlocks(Random random) {
        this.random = random;
    }

    /** From the next block on, somebody reads who knows of none before. */
    void join() {
        seen = 0;
    }

    /** The fields of the last block. */
    List<String> lines() {
        return lines;
    }

    /** The same as the one who joined last knows them. */
    List<String> linesOfTheLate() {
        return linesOfTheLate;
    }

    byte[] next() {
        block.reset();
        lines.clear();
        linesOfTheLate.clear();
        if (random.nextInt(20) == 0) {
            for (int updates = random.nextInt(3); updates >= 0; updates--) {
                resize();
            }
        }
        for (int fields = random.nextInt(12); fields > 0; fields--) {
            int form = random.nextInt(8);
            if (form < 4 && form > 0 && !table.isEmpty()) {
                dynamic();
            } else if (form == 0) {
                fixed();
            } else {
                literal();
            }
        }
        return block.toByteArray();
    }

    private void resize() {
        maxBytes = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextInt(300);
            default -> random.nextInt(MOST_BYTES + 1);
        };
        number(0x20, 5, maxBytes);
        evict(maxBytes);
    }

    private void fixed() {
        int index = 1 + random.nextInt(StaticTable.SIZE);
        number(0x80, 7, index);
        add(latin1(StaticTable.name(index)), latin1(StaticTable.value(index)), true, true, false);
    }

    private void dynamic() {
        int index = random.nextInt(table.size());
        Entry entry = table.get(index);
        number(0x80, 7, StaticTable.SIZE + 1 + index);
        boolean isKnown = index < seen && entry.nameIsKnown;
        add(entry.name, entry.value, isKnown, isKnown, false);
    }

    private void literal() {
        int form = random.nextInt(4);
        boolean isAdded = form < 2;
        int first = isAdded ? 0x40 : form == 2 ? 0x00 : 0x10;
        int bits = isAdded ? 6 : 4;
        boolean nameIsKnown = true;
        String name;
        switch (random.nextInt(3)) {
            case 0 -> {
                name = random.nextInt(50) == 0 ? text(300) : NAMES[random.nextInt(NAMES.length)];
                number(first, bits, 0);
                string(name);
            }
            case 1 -> {
                int index = 1 + random.nextInt(StaticTable.SIZE);
                name = latin1(StaticTable.name(index));
                number(first, bits, index);
            }
            default -> {
                if (table.isEmpty()) {
                    name = "";
                    number(first, bits, 0);
                    string(name);
                } else {
                    int index = random.nextInt(table.size());
                    name = table.get(index).name;
                    nameIsKnown = index < seen && table.get(index).nameIsKnown;
                    number(first, bits, StaticTable.SIZE + 1 + index);
                }
            }
        }
        String value = text(random.nextInt(40) == 0 ? 1500 : 30);
        string(value);
        add(name, value, nameIsKnown, true, form == 3);
        if (isAdded) {
            insert(new Entry(name, value, nameIsKnown));
        }
    }

    private void insert(Entry entry) {
        evict(maxBytes - entry.bytes());
        if (entry.bytes() <= maxBytes) {
            table.add(0, entry);
            bytes += entry.bytes();
            seen++;
        }
    }

    private void evict(int room) {
        while (!table.isEmpty() && bytes > room) {
            bytes -= table.remove(table.size() - 1).bytes();
        }
        seen = Math.min(seen, table.size());
    }

    private void add(String name, String value, boolean nameIsKnown, boolean valueIsKnown, boolean isSecret) {
        String secret = isSecret ? "secret " : "";
        lines.add(secret + name + ": " + value);
        linesOfTheLate.add(secret
                + (nameIsKnown ? name : FieldLines.UNKNOWN)
                + ": "
                + (valueIsKnown ? value : FieldLines.UNKNOWN));
    }

    private String text(int most) {
        int length = random.nextInt(most + 1);
        StringBuilder text = new StringBuilder(length);
        boolean isReadable = random.nextInt(4) != 0;
        for (int i = 0; i < length; i++) {
            text.append((char) (isReadable ? 'a' + random.nextInt(26) : random.nextInt(256)));
        }
        return text.toString();
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        boolean isCoded = random.nextBoolean();
        byte[] written = isCoded ? HuffmanCode.encode(bytes) : bytes;
        number(isCoded ? 0x80 : 0, 7, written.length);
        block.writeBytes(written);
    }

    private void number(int first, int bits, int number) {
        int mask = (1 << bits) - 1;
        if (number < mask) {
            block.write(first | number);
            return;
        }
        block.write(first | mask);
        int rest = number - mask;
        while (rest >= 0x80) {
            block.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        block.write(rest);
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
