package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;

/**
 * What a master sends to its replica: its data set, then the commands that change it, each a message of its own that
 * nobody answers. Not thread-safe.
 */
/*
 * The data set has a length, and is passed over; or it ends with a mark that was announced before it, and is searched
 * for that. When the mark may have been among bytes that were not captured, the first bytes after a line or a gap that
 * are a known command to its end are taken for the beginning of the commands.
 */
// https://redis.io/docs/latest/operate/oss_and_stack/management/replication/#how-redis-replication-works
final class ReplicationStream implements Parser {

    private enum State {
        BEFORE_DATA_SET,
        IN_DATA_SET,
        COMMANDS
    }

    private static final int MARK_BYTES = 40;
    private static final String MARK_HEAD = "$EOF:";
    private static final byte[] UNKNOWN_MARK = {};

    private final RedisRequestParser commands;
    private final RespLine line = new RespLine();
    private State state;
    private byte[] mark = UNKNOWN_MARK;
    private boolean markDoubtful;

    /** Bytes of the data set to pass over before anything else. */
    private long dataSetBytes;

    private ReplicationStream(RedisRequestParser commands, State state) {
        this.commands = commands;
        this.state = state;
    }

    /** Stands before the data set; {@code commands} reads what comes after it. */
    static ReplicationStream beforeDataSet(RedisRequestParser commands) {
        return new ReplicationStream(commands, State.BEFORE_DATA_SET);
    }

    /** Stands before a command. */
    static ReplicationStream beforeCommands(RedisRequestParser commands) {
        return new ReplicationStream(commands, State.COMMANDS);
    }

    /**
     * Takes the line that the data set begins with, {@code $} and its length or its mark.
     *
     * @return the index after it, {@link RespLine#CUT}, or {@link RespLine#BAD} if it is none
     */
    int header(ByteView view, int from) {
        if (from + 1 < view.length() && view.byteAt(from + 1) == MARK_HEAD.charAt(1)) {
            int end = from + MARK_HEAD.length() + MARK_BYTES + 2;
            if (view.length() < end) {
                return RespLine.CUT;
            }
            if (!isMark(view, from + MARK_HEAD.length())) {
                return RespLine.BAD;
            }
            mark = new byte[MARK_BYTES];
            view.copyTo(from + MARK_HEAD.length(), mark, 0, MARK_BYTES);
            state = State.IN_DATA_SET;
            return end;
        }
        int data = line.read(view, from + 1);
        if (data >= 0 && line.value() < 0) {
            return RespLine.BAD;
        }
        if (data >= 0) {
            dataSetBytes = line.value();
            state = State.COMMANDS;
        }
        return data;
    }

    /**
     * Redis makes marks of hexadecimal digits; anything else might as well be data, and would be reported as structure.
     */
    private static boolean isMark(ByteView view, int from) {
        for (int i = from; i < from + MARK_BYTES; i++) {
            byte b = view.byteAt(i);
            if ((b < '0' || b > '9') && (b < 'a' || b > 'f')) {
                return false;
            }
        }
        return view.byteAt(from + MARK_BYTES) == '\r' && view.byteAt(from + MARK_BYTES + 1) == '\n';
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (dataSetBytes > 0) {
            result.skipped(0, dataSetBytes);
            dataSetBytes = 0;
            return;
        }
        switch (state) {
            case BEFORE_DATA_SET -> beforeDataSet(view, result);
            case IN_DATA_SET -> dataSet(view, result);
            case COMMANDS -> commands.parse(view, result);
        }
    }

    @Override
    public void passed(ByteView bytes) {
        commands.passed(bytes);
    }

    @Override
    public void missed(long bytes) {
        commands.missed(bytes);
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (state == State.COMMANDS) {
            commands.structureSoFar(view, result);
        } else if (state == State.BEFORE_DATA_SET) {
            TokenSoFar.string(view, (of, from, to) -> false, result);
        }
    }

    @Override
    public void lost(ParseResult result) {
        if (state == State.COMMANDS && dataSetBytes == 0) {
            commands.lost(result);
        } else {
            dataSetBytes = 0;
            state = State.IN_DATA_SET;
            markDoubtful = true;
            result.invalid(RedisReason.LOST);
        }
    }

    @Override
    public int resync(ByteView view, int from) {
        return state == State.COMMANDS ? commands.resync(view, from) : from;
    }

    private void beforeDataSet(ByteView view, ParseResult result) {
        if (view.isEmpty()) {
            result.needMore();
        } else if (view.byteAt(0) == '\n') {
            // Keeps the connection open while the data set is prepared.
            result.structure(0, 1);
            result.skipped(1, 0);
        } else {
            int end = view.byteAt(0) == '$' ? header(view, 0) : RespLine.BAD;
            if (end == RespLine.CUT) {
                result.needMore();
            } else if (end == RespLine.BAD) {
                state = State.IN_DATA_SET;
                markDoubtful = true;
                result.invalid(RedisReason.DATA_SET);
            } else {
                result.structure(0, end);
                result.skipped(end, dataSetBytes);
                dataSetBytes = 0;
            }
        }
    }

    private void dataSet(ByteView view, ParseResult result) {
        for (int at = 0; at < view.length(); at++) {
            if (mark.length > 0 && view.byteAt(at) == mark[0] && view.startsWith(mark, at)) {
                state = State.COMMANDS;
                result.structure(at, at + mark.length);
                result.skipped(at + mark.length, 0);
                return;
            }
            boolean isAfterLine = at == 0 || view.byteAt(at - 1) == '\n';
            if (markDoubtful && isAfterLine && view.byteAt(at) == '*') {
                int start = RedisGuess.requestStart(view, at);
                if (start != RespLine.BAD) {
                    commandsBegin(view, at, start != RespLine.CUT, result);
                    return;
                }
            }
        }
        int over = view.length() - Math.max(0, mark.length - 1);
        if (over > 0) {
            result.skipped(over, 0);
        } else {
            result.needMore();
        }
    }

    private void commandsBegin(ByteView view, int at, boolean certain, ParseResult result) {
        if (at > 0) {
            // The line before it shows the beginning.
            result.structure(at - 1, at);
            result.skipped(at, 0);
        } else if (certain) {
            state = State.COMMANDS;
            commands.parse(view, result);
        } else {
            result.needMore();
        }
    }
}
