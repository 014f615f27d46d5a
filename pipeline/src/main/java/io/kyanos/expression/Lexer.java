package io.kyanos.expression;

import java.util.ArrayList;
import java.util.List;

/** Cuts a text into tokens. A word may hold what addresses, paths, times and durations are written with. */
final class Lexer {

    private static final String IN_WORDS = "_.:/-*@+%{}$#?";
    private static final List<String> OPERATORS =
            List.of("<=", ">=", "!=", "!~", "==", "&&", "||", "=", "<", ">", "~", "!");

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String text) {
        this.text = text;
    }

    /** The tokens, the last one of kind END. */
    static List<Token> read(String text) {
        return new Lexer(text).all();
    }

    private List<Token> all() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '"' || c == '\'') {
                string(c);
            } else if (isInWord(c)) {
                word();
            } else {
                sign(c);
            }
        }
        tokens.add(new Token(Token.Kind.END, "", text.length(), text.length()));
        return tokens;
    }

    private static boolean isInWord(char c) {
        return Character.isLetterOrDigit(c) || IN_WORDS.indexOf(c) >= 0;
    }

    private void word() {
        int start = at;
        while (at < text.length() && isInWord(text.charAt(at))) {
            at++;
        }
        tokens.add(new Token(Token.Kind.WORD, text.substring(start, at), start, at));
    }

    /* A backslash before the quote or a backslash stands for that; any other is a character, as expressions are full of them. */
    private void string(char quote) {
        int start = at++;
        StringBuilder content = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
            char c = text.charAt(at);
            char next = at + 1 < text.length() ? text.charAt(at + 1) : 0;
            if (c == '\\' && (next == quote || next == '\\')) {
                content.append(next);
                at += 2;
            } else {
                content.append(c);
                at++;
            }
        }
        if (at == text.length()) {
            throw new ExpressionException(text, start, at, "text without an end (expected: another " + quote + ")");
        }
        at++;
        tokens.add(new Token(Token.Kind.STRING, content.toString(), start, at));
    }

    private void sign(char c) {
        for (String operator : OPERATORS) {
            if (text.startsWith(operator, at)) {
                tokens.add(new Token(Token.Kind.OPERATOR, operator, at, at + operator.length()));
                at += operator.length();
                return;
            }
        }
        Token.Kind kind = switch (c) {
            case '(' -> Token.Kind.OPEN;
            case ')' -> Token.Kind.CLOSE;
            case ',' -> Token.Kind.COMMA;
            case '[' -> Token.Kind.OPEN_BRACKET;
            case ']' -> Token.Kind.CLOSE_BRACKET;
            default ->
                throw new ExpressionException(
                        text, at, at + 1, "unknown sign: " + c + " (expected: a field, an operator or text in quotes)");
        };
        tokens.add(new Token(kind, String.valueOf(c), at, at + 1));
        at++;
    }
}
