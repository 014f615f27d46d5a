package io.kyanos.protocol.sql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a text of SQL once: what its statement does and to which table, and, if asked for, its digest and its text without
 * literals. Reused; not thread-safe; allocates nothing but that text. What it does not understand it takes as it comes.
 */
/*
 * Several statements: the text counts as the first of them that is no BEGIN, COMMIT, SET or the like; else as the first.
 *
 * Digest: FNV-1a over the tokens, words in lower case, each literal, number and parameter a question mark, a list of those one.
 * Blanks and remarks do not count. So the digest of a statement is that of the same statement with other values.
 *
 * Structure: known words, blanks, symbols and the marks around literals and remarks. Names are not, but for those of tables
 * that are known to everybody: with all else overwritten by digits the same verb and table are found.
 */
public final class SqlScanner {

    private enum Token {
        END,
        WORD,
        QUOTED,
        VALUE,
        SYMBOL
    }

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final int MAX_NAMED_QUERIES = 16;
    private static final int MAX_WORDS_BEFORE_OBJECT = 4;
    private static final int NOWHERE = -1;

    private static final long FROM = hash("FROM");
    private static final long DISTINCT = hash("DISTINCT");
    private static final long INTO = hash("INTO");
    private static final long ONLY = hash("ONLY");
    private static final long TABLE = hash("TABLE");
    private static final long LATERAL = hash("LATERAL");
    private static final long RECURSIVE = hash("RECURSIVE");
    private static final long SELECT = hash("SELECT");
    private static final long WITH = hash("WITH");

    private ByteView view = new ByteView();
    private int at;
    private int end;
    private boolean full;
    private @Nullable StringBuilder text;
    private @Nullable ParseResult structure;

    private int markedTo;

    private Token token = Token.END;
    private int tokenFrom;
    private int tokenTo;
    private long tokenHash;
    private boolean afterBlank;
    private int depth;

    private long digest;
    private boolean valueBefore;
    private boolean commaBefore;

    private SqlVerb verb = SqlVerb.EMPTY;
    private int statements;
    private long table;
    private int tableFrom;
    private int tableTo;
    private boolean isTableQuoted;
    private final long[] namedQueries = new long[MAX_NAMED_QUERIES];
    private int namedQueryCount;

    /** The hash of a word, whatever its case. */
    static long hash(String word) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < word.length(); i++) {
            hash = (hash ^ upper((byte) word.charAt(i))) * FNV_PRIME;
        }
        return hash;
    }

    /** Reads verb and table of {@code [from, to)}, and no more than that needs. */
    public void scan(ByteView of, int from, int to) {
        scan(of, from, to, false, null, null, from);
    }

    /**
     * Reads all of {@code [from, to)}, with its digest.
     *
     * @param into gets the text without literals, unless null
     * @param spans is told the structure, unless null
     * @param known up to here the text is known to everybody, all of it structure
     */
    public void scan(
            ByteView of, int from, int to, @Nullable StringBuilder into, @Nullable ParseResult spans, int known) {
        scan(of, from, to, true, into, spans, known);
    }

    private void scan(
            ByteView of,
            int from,
            int to,
            boolean all,
            @Nullable StringBuilder into,
            @Nullable ParseResult spans,
            int known) {
        view = of;
        at = from;
        end = to;
        full = all;
        text = into;
        structure = spans;
        markedTo = from;
        mark(from, known);
        digest = FNV_OFFSET;
        valueBefore = false;
        commaBefore = false;
        depth = 0;
        verb = SqlVerb.EMPTY;
        statements = 0;
        SqlVerb chosen = SqlVerb.EMPTY;
        int chosenFrom = NOWHERE;
        int chosenTo = NOWHERE;
        long chosenTable = 0;
        boolean chosenQuoted = false;
        advance();
        while (token != Token.END) {
            if (isSymbol(';')) {
                advance();
                continue;
            }
            statements++;
            statement();
            if (statements == 1 || (chosen.isControl() && !verb.isControl())) {
                chosen = verb;
                chosenFrom = tableFrom;
                chosenTo = tableTo;
                chosenTable = table;
                chosenQuoted = isTableQuoted;
            }
            if (!full && !chosen.isControl()) {
                break;
            }
            while (token != Token.END && !(isSymbol(';') && depth <= 0)) {
                advance();
            }
            depth = 0;
        }
        verb = chosen;
        tableFrom = chosenFrom;
        tableTo = chosenTo;
        table = chosenTable;
        isTableQuoted = chosenQuoted;
    }

    public SqlVerb verb() {
        return verb;
    }

    /** How many statements the text has; not told by the short scan. */
    public int statements() {
        return statements;
    }

    /** Whether the verb is about a table that the text names. */
    public boolean hasTable() {
        return tableFrom != NOWHERE;
    }

    /** The hash of the table's name. */
    public long table() {
        return table;
    }

    /** The table's name without its schema, as SQL folds it: lower case unless quoted. */
    public String tableName() {
        if (tableFrom == NOWHERE) {
            return "";
        }
        String name = view.utf8(tableFrom, tableTo);
        return isTableQuoted ? name : name.toLowerCase(Locale.ROOT);
    }

    /** 64 bits that are the same for statements that differ in their literals alone. */
    public long digest() {
        return digest;
    }

    private void statement() {
        tableFrom = NOWHERE;
        tableTo = NOWHERE;
        namedQueryCount = 0;
        while (isSymbol('(')) {
            advance();
        }
        SqlVerb found = token == Token.WORD ? SqlVerb.of(tokenHash) : null;
        verb = found == null ? SqlVerb.OTHER : found;
        if (found != null) {
            behind(found);
        }
    }

    private void behind(SqlVerb found) {
        long word = tokenHash;
        switch (found.place()) {
            case NONE -> {}
            case NEXT -> {
                advance();
                while (token == Token.WORD
                        && (tokenHash == INTO || tokenHash == ONLY || tokenHash == FROM || tokenHash == TABLE)) {
                    advance();
                }
                name();
            }
            case FROM -> fromOfThisLevel();
            case WITH -> afterNamedQueries();
            case OBJECT -> object(word);
        }
    }

    /** The kind of object stands behind words like TEMPORARY, UNIQUE, OR REPLACE. */
    private void object(long word) {
        for (int words = 0; words < MAX_WORDS_BEFORE_OBJECT; words++) {
            advance();
            if (token == Token.END || token == Token.SYMBOL) {
                return;
            }
            SqlVerb both = token == Token.WORD ? SqlVerb.ofObject(word, tokenHash) : null;
            if (both != null) {
                verb = both;
                return;
            }
        }
    }

    private void fromOfThisLevel() {
        int level = depth;
        long before = 0;
        advance();
        while (token != Token.END && !(isSymbol(';') && depth <= 0) && depth >= level) {
            boolean isFrom = token == Token.WORD && tokenHash == FROM && before != DISTINCT && depth == level;
            before = token == Token.WORD ? tokenHash : 0;
            advance();
            if (!isFrom) {
                continue;
            }
            while (token == Token.WORD && (tokenHash == ONLY || tokenHash == LATERAL)) {
                advance();
            }
            boolean nested = false;
            while (isSymbol('(')) {
                nested = true;
                advance();
            }
            if (nested && token == Token.WORD && (tokenHash == SELECT || tokenHash == WITH)) {
                level = depth;
                continue;
            }
            name();
            if (isSymbol('(')) {
                // A function
                tableFrom = NOWHERE;
            }
            return;
        }
    }

    private void afterNamedQueries() {
        int level = depth;
        boolean nameFollows = true;
        int innerFrom = NOWHERE;
        int innerTo = NOWHERE;
        long inner = 0;
        boolean innerQuoted = false;
        advance();
        while (token != Token.END && !(isSymbol(';') && depth <= 0)) {
            SqlVerb main = token == Token.WORD && depth == level ? SqlVerb.of(tokenHash) : null;
            if (nameFollows && isName() && tokenHash != RECURSIVE) {
                nameFollows = false;
                if (namedQueryCount < MAX_NAMED_QUERIES) {
                    namedQueries[namedQueryCount++] = tokenHash;
                }
            } else if (main != null && (main.place() == SqlVerb.Place.FROM || main.place() == SqlVerb.Place.NEXT)) {
                verb = main;
                behind(main);
                break;
            } else if (depth > level && innerFrom == NOWHERE && token == Token.WORD && tokenHash == FROM) {
                advance();
                name();
                if (!isSymbol('(') && tableFrom != NOWHERE && !isNamedQuery(table)) {
                    innerFrom = tableFrom;
                    innerTo = tableTo;
                    inner = table;
                    innerQuoted = isTableQuoted;
                }
                tableFrom = NOWHERE;
                continue;
            } else if (depth == level && isSymbol(',')) {
                nameFollows = true;
            }
            advance();
        }
        if (tableFrom == NOWHERE || isNamedQuery(table)) {
            tableFrom = innerFrom;
            tableTo = innerTo;
            table = inner;
            isTableQuoted = innerQuoted;
        }
    }

    private boolean isNamedQuery(long hash) {
        for (int i = 0; i < namedQueryCount; i++) {
            if (namedQueries[i] == hash) {
                return true;
            }
        }
        return false;
    }

    /** Takes a name, of which the last part counts, and stands behind it. */
    private void name() {
        while (isName()) {
            isTableQuoted = token == Token.QUOTED;
            tableFrom = isTableQuoted ? tokenFrom + 1 : tokenFrom;
            tableTo = isTableQuoted ? Math.max(tableFrom, tokenTo - 1) : tokenTo;
            table = tokenHash;
            advance();
            if (!isSymbol('.')) {
                return;
            }
            advance();
        }
    }

    /** A word, or what a redaction has left of one. */
    private boolean isName() {
        return token == Token.WORD
                || token == Token.QUOTED
                || (token == Token.VALUE && isDigit(view.byteAt(tokenFrom)));
    }

    private boolean isSymbol(char symbol) {
        return token == Token.SYMBOL && view.byteAt(tokenFrom) == symbol;
    }

    /** Moves to the next token, which counts from here on. */
    private void advance() {
        skipBlanks();
        tokenFrom = at;
        if (at >= end) {
            token = Token.END;
            return;
        }
        byte b = view.byteAt(at);
        if (isWordByte(b)) {
            wordOrNumber(b);
        } else if (b == '\'') {
            literal(at + 1, false);
        } else if (b == '"' || b == '`') {
            quoted(b);
        } else if (b == '$') {
            dollar();
        } else {
            token = Token.SYMBOL;
            depth += b == '(' ? 1 : b == ')' ? -1 : 0;
            at++;
            mark(tokenFrom, at);
        }
        tokenTo = at;
        if (full) {
            count();
        }
    }

    private void wordOrNumber(byte first) {
        long hash = FNV_OFFSET;
        while (at < end && (isWordByte(view.byteAt(at)) || view.byteAt(at) == '$')) {
            hash = (hash ^ upper(view.byteAt(at))) * FNV_PRIME;
            at++;
        }
        tokenHash = hash;
        boolean isPrefix = at == tokenFrom + 1 && at < end && view.byteAt(at) == '\'' && isLiteralPrefix(first);
        if (isPrefix) {
            mark(tokenFrom, at);
            literal(at + 1, upper(first) == 'E');
            return;
        }
        if (first >= '0' && first <= '9') {
            token = Token.VALUE;
            if (at < end && view.byteAt(at) == '.' && at + 1 < end && isDigit(view.byteAt(at + 1))) {
                mark(at, at + 1);
                at++;
                while (at < end && isWordByte(view.byteAt(at))) {
                    at++;
                }
            }
            return;
        }
        token = Token.WORD;
        if (SqlWords.isKnown(hash)) {
            mark(tokenFrom, at);
        }
    }

    private static boolean isLiteralPrefix(byte first) {
        int letter = upper(first);
        return letter == 'E' || letter == 'B' || letter == 'X' || letter == 'N';
    }

    private void literal(int from, boolean escapes) {
        token = Token.VALUE;
        at = from;
        mark(at - 1, at);
        while (at < end) {
            byte b = view.byteAt(at++);
            if (b == '\\' && escapes) {
                at = Math.min(end, at + 1);
            } else if (b == '\'') {
                if (at < end && view.byteAt(at) == '\'') {
                    at++;
                } else {
                    mark(at - 1, at);
                    return;
                }
            }
        }
    }

    private void quoted(byte mark) {
        token = Token.QUOTED;
        long hash = FNV_OFFSET;
        boolean folds = true;
        mark(at, at + 1);
        at++;
        int from = at;
        while (at < end && view.byteAt(at) != mark) {
            byte b = view.byteAt(at);
            folds &= b < 'A' || b > 'Z';
            hash = (hash ^ upper(b)) * FNV_PRIME;
            at++;
        }
        // One in capitals is another name than the same in small letters
        tokenHash = folds ? hash : ~hash;
        if (folds && SqlWords.isKnown(hash)) {
            mark(from, at);
        }
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
            token = isParameter ? Token.VALUE : Token.SYMBOL;
            mark(at, isNumber(at + 1, tagEnd) ? tagEnd : at + 1);
            at = tagEnd;
            return;
        }
        token = Token.VALUE;
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

    private boolean isNumber(int from, int to) {
        for (int i = from; i < to; i++) {
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
        int from = at;
        while (at < end) {
            byte b = view.byteAt(at);
            boolean isPair = at + 1 < end;
            if (b >= 0 && b <= ' ') {
                mark(at, at + 1);
                at++;
            } else if (b == '-' && isPair && view.byteAt(at + 1) == '-') {
                mark(at, at + 2);
                int lineEnd = view.indexOf((byte) '\n', at, end);
                at = lineEnd < 0 ? end : lineEnd;
            } else if (b == '/' && isPair && view.byteAt(at + 1) == '*') {
                remark();
            } else {
                break;
            }
        }
        afterBlank = at > from;
    }

    /** Remarks nest. */
    private void remark() {
        int open = 0;
        while (at < end) {
            boolean isPair = at + 1 < end;
            if (isPair && view.byteAt(at) == '/' && view.byteAt(at + 1) == '*') {
                open++;
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

    private void mark(int from, int to) {
        ParseResult spans = structure;
        if (spans != null && to > markedTo) {
            spans.structure(Math.max(from, markedTo), to);
            markedTo = to;
        }
    }

    /** Adds the token to the digest and to the text. */
    private void count() {
        boolean isValue = token == Token.VALUE;
        if (isValue && commaBefore) {
            commaBefore = false;
            return;
        }
        if (valueBefore && isSymbol(',')) {
            valueBefore = false;
            commaBefore = true;
            return;
        }
        if (commaBefore) {
            commaBefore = false;
            put(',');
            show(",", false);
        }
        valueBefore = isValue;
        if (isValue) {
            put('?');
            show("?", afterBlank);
            return;
        }
        for (int i = tokenFrom; i < tokenTo; i++) {
            byte b = view.byteAt(i);
            put(token == Token.WORD ? lower(b) : b);
        }
        put(0);
        if (text != null) {
            show(view.utf8(tokenFrom, tokenTo), afterBlank);
        }
    }

    private void put(int b) {
        digest = (digest ^ (b & 0xff)) * FNV_PRIME;
    }

    private void show(String shown, boolean behindBlank) {
        StringBuilder into = text;
        if (into != null) {
            into.append(behindBlank && !into.isEmpty() ? " " : "").append(shown);
        }
    }

    private static boolean isWordByte(byte b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || isDigit(b) || b == '_' || b < 0;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int upper(byte b) {
        return b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }
}
