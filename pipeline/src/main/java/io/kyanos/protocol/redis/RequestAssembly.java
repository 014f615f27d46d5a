package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.redis.RedisCommand.Keys;
import io.kyanos.protocol.redis.RedisCommand.Special;
import io.kyanos.protocol.redis.RedisCommand.Wait;
import io.kyanos.protocol.redis.ReplyMode.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes one request out of its words: its command, up to {@link #MAX_KEYS} keys, for how long it may wait, and the text
 * that was asked for. Not thread-safe.
 */
final class RequestAssembly {

    /** What a word is. */
    private enum Word {
        CONTENT,
        /** Content that is not shown. */
        SECRET,
        /** Without it nobody could tell what the request, or its reply, is. */
        STRUCTURE
    }

    /** Keys are kept up to here. */
    static final int MAX_KEY_BYTES = 4096;

    static final int MAX_KEYS = 16;

    private final Detail detail;
    private final RedisText text = new RedisText();
    private final LongString longString = new LongString(text);
    private final RequestWait wait = new RequestWait();

    /** Words of the request in hand, 0 between requests. */
    private int elements;

    private int index;
    private RedisCommand command = RedisCommands.OTHER;
    private List<String> keys = List.of();
    private int keyCount;

    /** Position of the option that the keys follow, -1 without one. */
    private int keyOption;

    /** Words that belong to the option before them. */
    private int valuesLeft;

    private int secretsLeft;
    private boolean isAcknowledgement;
    private RequestOption replyMode = RequestOption.NONE;

    RequestAssembly(Detail detail) {
        this.detail = detail;
    }

    void begin(int words) {
        elements = words;
        index = 0;
        command = RedisCommands.OTHER;
        keys = List.of();
        keyCount = 0;
        keyOption = -1;
        valuesLeft = 0;
        secretsLeft = 0;
        wait.clear();
        isAcknowledgement = false;
        replyMode = RequestOption.NONE;
        if (detail.text()) {
            text.begin(detail.maxTextBytes());
        }
    }

    /** Between requests. */
    void clear() {
        elements = 0;
        index = 0;
        longString.clear();
    }

    boolean isInMessage() {
        return elements > 0;
    }

    int elements() {
        return elements;
    }

    /** Words are to come. */
    boolean goesOn() {
        return index < elements;
    }

    RedisCommand command() {
        return command;
    }

    /** The string that is passed over, if one is. */
    LongString longString() {
        return longString;
    }

    /** How many bytes of the next word, which is so long, it is worth to wait for. */
    int wanted(long length) {
        return isKeptKey() ? (int) Math.min(length, MAX_KEY_BYTES) : 0;
    }

    /**
     * Takes the next word, which is in {@code [from, to)} as far as it is in the view.
     *
     * @param length of the whole word
     * @param isWhole it is in the view as a whole
     * @return whether it is structure
     */
    boolean take(ByteView view, int from, int to, long length, boolean isWhole) {
        Word word = word(view, from, to, length <= RespToken.MAX_WORD_BYTES);
        index++;
        if (detail.text()) {
            write(view, from, to, length, isWhole, word == Word.SECRET && detail.maskSecrets());
        }
        return word == Word.STRUCTURE;
    }

    /** Enough of it was seen to label it as if all of it had been. */
    boolean isNamed() {
        if (index < Math.min(elements, command.isContainer() ? 2 : 1)) {
            return false;
        }
        if (command.special() == Special.CLIENT_REPLY && index < 3) {
            return false;
        }
        return !detail.attributes()
                || command.keys() == Keys.NONE
                || !keys.isEmpty()
                || index == elements
                || (command.keys() == Keys.COUNTED && index > command.countPosition() && keyCount == 0);
    }

    /**
     * For how long the server may wait, in nanoseconds. Of a request cut short the time may stand in what was lost: not for
     * how long, but that it may wait.
     */
    long waitNanos() {
        if (goesOn()) {
            return command.waits() == Wait.NONE ? 0 : Math.max(1, wait.nanos());
        }
        return wait.nanos();
    }

    /** A replica tells its master how far it has come. */
    boolean isAcknowledgement() {
        return isAcknowledgement;
    }

    /** What it asks of the mode of replies. */
    Setting setting() {
        boolean isTaken = command.special() == Special.CLIENT_REPLY && elements == 3;
        return switch (isTaken ? replyMode : RequestOption.NONE) {
            case ON -> Setting.ON;
            case OFF -> Setting.OFF;
            case SKIP -> Setting.SKIP;
            default -> Setting.NONE;
        };
    }

    /** How many confirmations answer it, {@link Execution#ANY} for as many as there are subscriptions; 0 for none. */
    int confirmations() {
        int channels = elements - command.words();
        return switch (command.special()) {
            case SUBSCRIBE -> channels;
            case UNSUBSCRIBE -> channels == 0 ? Execution.ANY : channels;
            default -> 0;
        };
    }

    RedisMessage.Details details() {
        longString.closeText();
        return new RedisMessage.Details(keys, "", detail.text() ? text.end() : "");
    }

    private Word word(ByteView view, int from, int to, boolean isShort) {
        if (index == 0) {
            RedisCommand found = isShort ? RedisCommands.find(view, from, to) : null;
            command = found == null ? RedisCommands.OTHER : found;
            return found == null ? Word.CONTENT : Word.STRUCTURE;
        }
        if (index == 1 && command.isContainer()) {
            RedisCommand container = command;
            command = isShort ? RedisCommands.find(container, view, from, to) : container;
            return command == container ? Word.CONTENT : Word.STRUCTURE;
        }
        if (isKeptKey() && !(from == to && command.keys() == Keys.MIGRATED)) {
            keep(view.utf8(from, Math.min(to, from + MAX_KEY_BYTES)));
        }
        if (index == command.countPosition() && isShort) {
            keyCount = count(view, from, to);
        }
        Word special = command.special() == Special.NONE ? Word.CONTENT : special(view, from, to, isShort);
        if (special != Word.CONTENT || !isShort) {
            return special;
        }
        boolean isKeyWord = keyOption(view, from, to) || (index == command.countPosition() && keyCount > 0);
        boolean isWait = command.waits() != Wait.NONE
                && wait.take(command.waits(), index, index == elements - 1, keyOption < 0, view, from, to);
        return isKeyWord || isWait ? Word.STRUCTURE : Word.CONTENT;
    }

    /** Looks for the option that keys follow; true if the word is one, or one that leads past it. */
    private boolean keyOption(ByteView view, int from, int to) {
        return switch (command.keys()) {
            case STREAMS -> keyOption(index >= command.firstKey(), RequestOption.STREAMS, view, from, to);
            case MIGRATED -> keyOption(index > command.firstKey(), RequestOption.KEYS, view, from, to);
            case STORE -> storeOption(view, from, to);
            case NONE, RANGE, COUNTED -> false;
        };
    }

    private boolean keyOption(boolean mayStand, RequestOption wanted, ByteView view, int from, int to) {
        boolean isIt = mayStand && keyOption < 0 && RequestOption.find(view, from, to) == wanted;
        keyOption = isIt ? index : keyOption;
        return isIt;
    }

    private boolean storeOption(ByteView view, int from, int to) {
        if (valuesLeft > 0) {
            valuesLeft--;
            return false;
        }
        if (index < command.firstOption()) {
            return false;
        }
        switch (RequestOption.find(view, from, to)) {
            case STORE, STOREDIST -> {
                keyOption = index;
                valuesLeft = 1;
                // Of several the last one counts.
                if (keys.size() > 1) {
                    keys.remove(1);
                }
            }
            case BY, GET -> valuesLeft = 1;
            case LIMIT -> valuesLeft = 2;
            default -> {
                return false;
            }
        }
        return true;
    }

    private Word special(ByteView view, int from, int to, boolean isShort) {
        if (secretsLeft > 0) {
            secretsLeft--;
            return Word.SECRET;
        }
        RequestOption option = isShort ? RequestOption.find(view, from, to) : RequestOption.NONE;
        switch (command.special()) {
            case AUTH -> {
                return Word.SECRET;
            }
            case ACL_SETUSER -> {
                byte first = from == to ? 0 : view.byteAt(from);
                boolean isPassword = first == '>' || first == '<' || first == '#' || first == '!';
                return index > 2 && isPassword ? Word.SECRET : Word.CONTENT;
            }
            case CLIENT_REPLY -> {
                replyMode = index == 2 ? option : replyMode;
                return index == 2 && option != RequestOption.NONE ? Word.STRUCTURE : Word.CONTENT;
            }
            case REPLCONF -> {
                boolean isAck = index == 1 && option == RequestOption.ACK;
                isAcknowledgement |= isAck;
                return isAck ? Word.STRUCTURE : Word.CONTENT;
            }
            case CONFIG_SET -> secretsLeft = index % 2 == 0 && option.isPasswordSetting() ? 1 : 0;
            case HELLO -> {
                if (option == RequestOption.AUTH) {
                    command = RedisCommands.HELLO_WITH_LOGIN;
                    secretsLeft = 2;
                    return Word.STRUCTURE;
                }
            }
            case MIGRATE -> secretsLeft = option == RequestOption.AUTH ? 1 : option == RequestOption.AUTH2 ? 2 : 0;
            case NONE, SUBSCRIBE, UNSUBSCRIBE, MONITOR, SYNC, PSYNC, RESET, MULTI, EXEC, DISCARD, QUIT, WATCH -> {}
        }
        return Word.CONTENT;
    }

    private static int count(ByteView view, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            if (!RespGrammar.isDigit(b) || value > RedisRequestParser.MAX_ELEMENTS) {
                return 0;
            }
            value = value * 10 + (b - '0');
        }
        return value;
    }

    /** The next word is a key that is kept. */
    private boolean isKeptKey() {
        return detail.attributes()
                && keys.size() < MAX_KEYS
                && index >= command.words()
                && command.isKey(index, elements, keyCount, keyOption);
    }

    private void keep(String key) {
        if (keys.isEmpty()) {
            keys = new ArrayList<>(1);
        }
        keys.add(key);
    }

    private void write(ByteView view, int from, int to, long length, boolean isWhole, boolean isMasked) {
        text.word();
        if (isMasked) {
            text.secret();
        } else if (isWhole) {
            text.plainOrQuoted(view, from, to);
        } else {
            text.quote();
            longString.showQuoted(length);
        }
    }
}
