package io.kyanos.protocol.sql;

import org.jspecify.annotations.Nullable;

/**
 * What a text of SQL says whatever its values are: a digest and, if asked for, a text, with a question mark for each value and
 * for each list of them. Blanks, remarks and the case of words do not count in the digest. Reused; not thread-safe.
 */
// http://www.isthe.com/chongo/tech/comp/fnv/, FNV-1a
final class SqlDigest {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private long digest;
    private @Nullable StringBuilder text;
    private boolean isBehindValue;
    private boolean isBehindComma;

    /** @param into gets the text, unless null */
    void begin(@Nullable StringBuilder into) {
        digest = FNV_OFFSET;
        text = into;
        isBehindValue = false;
        isBehindComma = false;
    }

    long value() {
        return digest;
    }

    void add(SqlTokens token) {
        boolean isValue = token.kind() == SqlTokens.Kind.VALUE;
        if (isValue && isBehindComma) {
            isBehindComma = false;
            isBehindValue = true;
            return;
        }
        if (isBehindValue && token.isSymbol(',')) {
            isBehindValue = false;
            isBehindComma = true;
            return;
        }
        if (isBehindComma) {
            isBehindComma = false;
            put(',');
            show(",", false);
        }
        isBehindValue = isValue;
        if (isValue) {
            put('?');
            show("?", token.isBehindBlank());
            return;
        }
        for (int i = token.from(); i < token.to(); i++) {
            byte b = token.view().byteAt(i);
            put(token.isWord() ? lower(b) : b);
        }
        put(0);
        if (text != null) {
            show(token.view().utf8(token.from(), token.to()), token.isBehindBlank());
        }
    }

    private void put(int b) {
        digest = (digest ^ (b & 0xff)) * FNV_PRIME;
    }

    private void show(String shown, boolean isBehindBlank) {
        StringBuilder into = text;
        if (into != null) {
            into.append(isBehindBlank && !into.isEmpty() ? " " : "").append(shown);
        }
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }
}
