package io.kyanos.process;

import java.util.regex.Pattern;

/**
 * The options that may stand before a script.
 *
 * @param value letters of options whose value is the rest of the argument, or else the next one
 * @param rest letters whose value is the rest of the argument, if any
 * @param code letters of options after which there is no script
 * @param module letters whose value is the module that is run
 * @param script letters whose value is the script
 * @param longValues words whose value is the next argument
 * @param longFlags words without a value
 * @param longCode words after which there is no script
 */
record InterpreterOptions(
        String value,
        String rest,
        String code,
        String module,
        String script,
        Pattern longValues,
        Pattern longFlags,
        Pattern longCode) {

    enum Kind {
        ALONE,
        VALUE_FOLLOWS,
        CODE,
        MODULE,
        SCRIPT,
        UNKNOWN
    }

    /** @param value of {@link Kind#MODULE} and {@link Kind#SCRIPT}; empty if it is the next argument */
    record Meaning(Kind kind, String value) {

        private static final Meaning ALONE = new Meaning(Kind.ALONE, "");
        private static final Meaning VALUE_FOLLOWS = new Meaning(Kind.VALUE_FOLLOWS, "");
        private static final Meaning CODE = new Meaning(Kind.CODE, "");
        private static final Meaning UNKNOWN = new Meaning(Kind.UNKNOWN, "");
    }

    private static final Pattern NOTHING = Pattern.compile("(?!)");

    /** Letters alone, none of which has a value. */
    static final InterpreterOptions NONE = new InterpreterOptions("", "", "", "", "", NOTHING, NOTHING, NOTHING);

    InterpreterOptions withValue(String letters) {
        return new InterpreterOptions(letters, rest, code, module, script, longValues, longFlags, longCode);
    }

    InterpreterOptions withRest(String letters) {
        return new InterpreterOptions(value, letters, code, module, script, longValues, longFlags, longCode);
    }

    InterpreterOptions withCode(String letters) {
        return new InterpreterOptions(value, rest, letters, module, script, longValues, longFlags, longCode);
    }

    InterpreterOptions withModule(String letters) {
        return new InterpreterOptions(value, rest, code, letters, script, longValues, longFlags, longCode);
    }

    InterpreterOptions withScript(String letters) {
        return new InterpreterOptions(value, rest, code, module, letters, longValues, longFlags, longCode);
    }

    InterpreterOptions withLongValues(String words) {
        return new InterpreterOptions(value, rest, code, module, script, Pattern.compile(words), longFlags, longCode);
    }

    InterpreterOptions withLongFlags(String words) {
        return new InterpreterOptions(value, rest, code, module, script, longValues, Pattern.compile(words), longCode);
    }

    InterpreterOptions withLongCode(String words) {
        return new InterpreterOptions(value, rest, code, module, script, longValues, longFlags, Pattern.compile(words));
    }

    /** What an argument means that begins with a dash, or in a shell with a plus sign. */
    Meaning of(String argument) {
        return argument.startsWith("--") ? ofWord(argument) : ofLetters(argument);
    }

    private Meaning ofWord(String argument) {
        int equals = argument.indexOf('=');
        String word = equals < 0 ? argument : argument.substring(0, equals);
        if (longCode.matcher(word).matches()) {
            return Meaning.CODE;
        }
        if (equals >= 0 || longFlags.matcher(word).matches()) {
            return Meaning.ALONE;
        }
        return longValues.matcher(word).matches() ? Meaning.VALUE_FOLLOWS : Meaning.UNKNOWN;
    }

    private Meaning ofLetters(String argument) {
        if (argument.length() == 1) {
            // The script comes from standard input.
            return Meaning.CODE;
        }
        for (int i = 1; i < argument.length(); i++) {
            char letter = argument.charAt(i);
            String behind = argument.substring(i + 1);
            if (code.indexOf(letter) >= 0) {
                return Meaning.CODE;
            }
            if (module.indexOf(letter) >= 0) {
                return new Meaning(Kind.MODULE, behind);
            }
            if (script.indexOf(letter) >= 0) {
                return new Meaning(Kind.SCRIPT, behind);
            }
            if (value.indexOf(letter) >= 0) {
                return behind.isEmpty() ? Meaning.VALUE_FOLLOWS : Meaning.ALONE;
            }
            if (rest.indexOf(letter) >= 0) {
                return Meaning.ALONE;
            }
        }
        return Meaning.ALONE;
    }
}
