package io.kyanos.protocol.sql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import org.jspecify.annotations.Nullable;

/**
 * A text of SQL, token by token, without blanks and remarks. Reused; not thread-safe; allocates nothing. What it does not
 * understand it takes as it comes.
 */
/*
 * Structure: known words, blanks, symbols and the marks around literals and remarks. Names are not, but for those of tables
 * that are known to everybody: with all else overwritten by digits the same verb and table are found.
 */
final class SqlTokens {

    enum Kind {
        END,
        WORD,
        QUOTED,
        /** A literal, a number or a parameter. */
        VALUE,
        SYMBOL
    }

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final boolean isMysql;
    private ByteView view = new ByteView();
    private int at;
    private int end;
    private @Nullable ParseResult structure;
    private boolean isCut;
    private int markedTo;

    private Kind kind = Kind.END;
    private int from;
    private int to;
    private long hash;
    private boolean isBehindBlank;
    private int depth;

    /** Parts are open that are executed although they look like remarks. */
    private int executed;

    SqlTokens(SqlDialect dialect) {
        isMysql = dialect == SqlDialect.MYSQL;
    }

    /** The hash of a word, whatever its case. */
    static long hash(String word) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < word.length(); i++) {
            hash = (hash ^ upper((byte) word.charAt(i))) * FNV_PRIME;
        }
        return hash;
    }

    /** The same of {@code [from, to)}. */
    static long hash(ByteView view, int from, int to) {
        long hash = FNV_OFFSET;
        for (int i = from; i < to; i++) {
            hash = (hash ^ upper(view.byteAt(i))) * FNV_PRIME;
        }
        return hash;
    }

    /**
     * Stands before the first token of {@code [first, last)}.
     *
     * @param spans gets the structure, unless null
     * @param known up to here the text is known to everybody, all of it structure
     */
    void begin(ByteView of, int first, int last, @Nullable ParseResult spans, int known) {
        view = of;
        at = first;
        end = last;
        structure = spans;
        markedTo = first;
        depth = 0;
        executed = 0;
        isCut = false;
        mark(first, known);
    }

    /** The same of a text that goes on after {@code last}: a word that may do so is left out. */
    void beginCut(ByteView of, int first, int last, ParseResult spans, int known) {
        int certain = last;
        while (certain > first && (isWordByte(of.byteAt(certain - 1)) || of.byteAt(certain - 1) == '$')) {
            certain--;
        }
        begin(of, first, certain, spans, known);
        isCut = true;
    }

    /** Moves to the next token. */
    void next() {
        skipBlanks();
        from = at;
        if (at >= end) {
            kind = Kind.END;
            to = at;
            return;
        }
        byte b = view.byteAt(at);
        if (isWordByte(b)) {
            wordOrNumber(b);
        } else if (b == '\'') {
            literal(b, isMysql);
        } else if (b == '"' && isMysql) {
            literal(b, true);
        } else if (b == '"' || b == '`') {
            quoted(b);
        } else if (b == '?' && isMysql) {
            kind = Kind.VALUE;
            at++;
            mark(from, at);
        } else if (b == '$' && !isMysql) {
            dollar();
        } else {
            kind = Kind.SYMBOL;
            depth += b == '(' ? 1 : b == ')' ? -1 : 0;
            at++;
            mark(from, at);
        }
        to = at;
    }

    Kind kind() {
        return kind;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    ByteView view() {
        return view;
    }

    boolean isEnd() {
        return kind == Kind.END;
    }

    boolean isSymbol(char symbol) {
        return kind == Kind.SYMBOL && view.byteAt(from) == symbol;
    }

    boolean isWord() {
        return kind == Kind.WORD;
    }

    /** Whether it is the word of this hash. */
    boolean isWord(long ofHash) {
        return kind == Kind.WORD && hash == ofHash;
    }

    /** A word, or what a redaction has left of one. */
    boolean isName() {
        return kind == Kind.WORD || kind == Kind.QUOTED || (kind == Kind.VALUE && isDigit(view.byteAt(from)));
    }

    /** Of a word or a name. */
    long hash() {
        return hash;
    }

    /** How many parentheses are open after it. */
    int depth() {
        return depth;
    }

    /** Blanks or remarks stand before it. */
    boolean isBehindBlank() {
        return isBehindBlank;
    }

    /** A semicolon outside of parentheses, or the end. */
    boolean isEndOfStatement() {
        return kind == Kind.END || (isSymbol(';') && depth <= 0);
    }

    /** The next statement is not within what this one has left open. */
    void closeAll() {
        depth = 0;
    }

    private void wordOrNumber(byte first) {
        hash = FNV_OFFSET;
        while (at < end && (isWordByte(view.byteAt(at)) || view.byteAt(at) == '$')) {
            hash = (hash ^ upper(view.byteAt(at))) * FNV_PRIME;
            at++;
        }
        boolean isPrefix = at == from + 1 && at < end && view.byteAt(at) == '\'' && isLiteralPrefix(first);
        if (isPrefix) {
            mark(from, at);
            literal((byte) '\'', isMysql || upper(first) == 'E');
            return;
        }
        if (first >= '0' && first <= '9') {
            kind = Kind.VALUE;
            if (at < end && view.byteAt(at) == '.' && at + 1 < end && isDigit(view.byteAt(at + 1))) {
                mark(at, at + 1);
                at++;
                while (at < end && isWordByte(view.byteAt(at))) {
                    at++;
                }
            }
            return;
        }
        kind = Kind.WORD;
        if (SqlWords.isKnown(hash)) {
            mark(from, at);
        }
    }

    private static boolean isLiteralPrefix(byte first) {
        int letter = upper(first);
        return letter == 'E' || letter == 'B' || letter == 'X' || letter == 'N';
    }

    /** Moves past the literal whose mark is here. */
    private void literal(byte quote, boolean escapes) {
        kind = Kind.VALUE;
        mark(at, at + 1);
        at++;
        while (at < end) {
            byte b = view.byteAt(at++);
            if (b == '\\' && escapes) {
                at = Math.min(end, at + 1);
            } else if (b == quote) {
                if (at < end && view.byteAt(at) == quote) {
                    at++;
                } else {
                    // Another mark after it would make it a part of the literal.
                    mark(at - 1, at == end && isCut ? at - 1 : at);
                    return;
                }
            }
        }
    }

    private void quoted(byte mark) {
        kind = Kind.QUOTED;
        hash = FNV_OFFSET;
        boolean folds = true;
        mark(at, at + 1);
        at++;
        int nameFrom = at;
        while (at < end && view.byteAt(at) != mark) {
            byte b = view.byteAt(at);
            folds &= b < 'A' || b > 'Z';
            hash = (hash ^ upper(b)) * FNV_PRIME;
            at++;
        }
        if (folds && SqlWords.isKnown(hash)) {
            mark(nameFrom, at);
        }
        // One in capitals is another name than the same in small letters
        hash = folds ? hash : ~hash;
        if (at < end) {
            mark(at, at + 1);
            at++;
        }
    }

    /** A parameter, a literal between marks of dollars, or a lone dollar. */
    private void dollar() {
        int tagEnd = at + 1;
        while (tagEnd < end && isWordByte(view.byteAt(tagEnd))) {
            tagEnd++;
        }
        boolean isParameter = tagEnd > at + 1 && (tagEnd == end || view.byteAt(tagEnd) != '$');
        if (isParameter || tagEnd == end) {
            kind = isParameter ? Kind.VALUE : Kind.SYMBOL;
            mark(at, isNumber(at + 1, tagEnd) ? tagEnd : at + 1);
            at = tagEnd;
            return;
        }
        kind = Kind.VALUE;
        int length = tagEnd + 1 - at;
        mark(at, at + 1);
        mark(tagEnd, tagEnd + 1);
        for (int closing = tagEnd + 1; closing <= end - length; closing++) {
            if (isSame(at, closing, length)) {
                mark(closing, closing + 1);
                mark(closing + length - 1, closing + length);
                at = closing + length;
                return;
            }
        }
        at = end;
    }

    private boolean isNumber(int first, int last) {
        for (int i = first; i < last; i++) {
            if (!isDigit(view.byteAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean isSame(int one, int other, int length) {
        for (int i = 0; i < length; i++) {
            if (view.byteAt(one + i) != view.byteAt(other + i)) {
                return false;
            }
        }
        return true;
    }

    private void skipBlanks() {
        int before = at;
        while (at < end) {
            byte b = view.byteAt(at);
            boolean isPair = at + 1 < end;
            if (isBlank(b)) {
                mark(at, at + 1);
                at++;
            } else if (isLineRemark(b)) {
                mark(at, Math.min(end, at + (b == '#' ? 1 : isMysql ? 3 : 2)));
                int lineEnd = view.indexOf((byte) '\n', at, end);
                at = lineEnd < 0 ? end : lineEnd;
            } else if (isMysql && isBorderOfExecuted(b)) {
                border(b);
            } else if (b == '/' && isPair && view.byteAt(at + 1) == '*') {
                remark();
            } else {
                break;
            }
        }
        isBehindBlank = at > before;
    }

    /** Two dashes, or a hash; one of dashes needs a blank behind it to MySQL. */
    private boolean isLineRemark(byte b) {
        if (isMysql && b == '#') {
            return true;
        }
        boolean isDashes = b == '-' && at + 1 < end && view.byteAt(at + 1) == '-';
        return isDashes && (!isMysql || at + 2 >= end || isBlank(view.byteAt(at + 2)));
    }

    private static boolean isBlank(byte b) {
        return b >= 0 && b <= ' ';
    }

    /** What begins or ends a part that is executed although it looks like a remark. */
    private boolean isBorderOfExecuted(byte b) {
        if (at + 1 >= end) {
            return false;
        }
        byte second = view.byteAt(at + 1);
        if (b == '*' && second == '/') {
            return executed > 0;
        }
        boolean isOpen = b == '/' && second == '*' && at + 2 < end;
        return isOpen && (view.byteAt(at + 2) == '!' || (view.byteAt(at + 2) == 'M' && isByte(at + 3, '!')));
    }

    private boolean isByte(int index, char expected) {
        return index < end && view.byteAt(index) == expected;
    }

    /** Moves past it, and past the version of servers from which on the part is executed. */
    private void border(byte b) {
        int first = at;
        executed += b == '*' ? -1 : 1;
        at += b == '*' ? 2 : view.byteAt(at + 2) == '!' ? 3 : 4;
        mark(first, at);
        while (b == '/' && at < end && isDigit(view.byteAt(at))) {
            at++;
        }
    }

    /** Remarks nest, but not those of MySQL. */
    private void remark() {
        int open = 0;
        while (at < end) {
            boolean isPair = at + 1 < end;
            if (isPair && view.byteAt(at) == '/' && view.byteAt(at + 1) == '*') {
                open = isMysql ? 1 : open + 1;
            } else if (isPair && view.byteAt(at) == '*' && view.byteAt(at + 1) == '/') {
                open--;
            } else {
                at++;
                continue;
            }
            mark(at, at + 2);
            at += 2;
            if (open == 0) {
                return;
            }
        }
    }

    /** {@code [first, last)} is structure. */
    private void mark(int first, int last) {
        ParseResult told = structure;
        if (told != null && last > markedTo) {
            told.structure(Math.max(first, markedTo), last);
            markedTo = last;
        }
    }

    static boolean isWordByte(byte b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || isDigit(b) || b == '_' || b < 0;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int upper(byte b) {
        return b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b;
    }
}
