package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.postgresql.PostgresqlRequest.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses what a server says, and divides it by what was asked. Not thread-safe. */
/*
 * Answers: that to an Execute ends with its completion, its suspension or an error; behind a Sync, and to a simple query, with
 * ReadyForQuery, so that what a commit takes is part of it. Where it is not known what was asked an answer lasts up to
 * ReadyForQuery.
 *
 * By themselves: notices and notifications stand anywhere, also between rows. They are messages of their own.
 *
 * Losses: only ReadyForQuery shows for certain that an answer begins behind it, so nothing else is looked for.
 */
final class PostgresqlResponseParser implements Parser, PostgresqlMatcher.Responses {

    private static final int MAX_ERROR_BYTES = 4096;
    private static final int MAX_TAGS = 16;

    /** Of a message: an answer stays open while messages come that the server sends by itself. */
    private static final long ANSWER = 1;

    private static final long ASIDE = 2;

    private static final String FIELDS = "SVCMDHPpqWstcdnFLR";
    private static final byte ERROR_SEVERITY = 'S';
    private static final byte ERROR_SEVERITY_IN_ENGLISH = 'V';
    private static final byte ERROR_CODE = 'C';
    private static final byte ERROR_MESSAGE = 'M';

    private final PostgresqlConversation conversation;

    private boolean ready;
    private long readies;
    private String serverVersion = "";

    private long bytes;
    private @Nullable PostgresqlStatus status;
    private int replies;
    private long rows;
    private long affected = -1;
    private long copied;
    private boolean fatal;
    private String severity = "";
    private String reason = "";
    private String transaction = "";
    private final List<String> tags = new ArrayList<>(0);

    /** The answer is whole once the rest of the frame has been passed over. */
    private boolean ends;

    /** So is the message that the server sends by itself. */
    private @Nullable PostgresqlResponse aside;

    PostgresqlResponseParser(PostgresqlConversation conversation) {
        this.conversation = conversation;
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public long readies() {
        return readies;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (!conversation.upgradedTo().isEmpty()) {
            result.upgraded(null, 0, conversation.upgradedTo());
            return;
        }
        if (ends || aside != null) {
            giveWhatEnds(0, result);
            return;
        }
        int at = 0;
        while (at < view.length()) {
            byte type = view.byteAt(at);
            if (bytes == 0 && at == 0 && answersEncryption(type, result)) {
                return;
            }
            int left = view.length() - at;
            if (left < Frame.HEAD_BYTES) {
                stopUnless(isType(type), PostgresqlReason.TYPE, at, result);
                return;
            }
            int length = Frame.int32(view, at + 1);
            if (!Frame.isResponse(type, length)) {
                stopUnless(false, isType(type) ? PostgresqlReason.LENGTH : PostgresqlReason.TYPE, at, result);
                return;
            }
            long total = 1L + length;
            boolean isAside = type == 'N' || type == 'A';
            if (left < Math.min(total, neededBytes(type)) || (isAside && at > 0)) {
                stop(at, result);
                return;
            }
            int seen = (int) Math.min(total, left);
            frame(type, view, at, seen, total, result);
            at += seen;
            if (seen < total) {
                result.skipped(at, total - seen);
                return;
            }
            if (ends || aside != null) {
                giveWhatEnds(at, result);
                return;
            }
        }
        stop(at, result);
    }

    private static int neededBytes(byte type) {
        return switch (type) {
            case 'Z', 'C', 'A' -> Frame.HEAD_BYTES + Frame.MAX_SHORT_BYTES;
            case 'E', 'N', 'S' -> Frame.HEAD_BYTES + MAX_ERROR_BYTES;
            case 'R' -> Frame.HEAD_BYTES + Frame.LENGTH_BYTES;
            default -> Frame.HEAD_BYTES;
        };
    }

    private static boolean isType(byte type) {
        return "RKSZ123DTtnsICENAGHWdcvV".indexOf(type) >= 0;
    }

    /** A wish for encryption is answered by one byte, by an old server with an error. */
    private boolean answersEncryption(byte answer, ParseResult result) {
        PostgresqlRequest asked = conversation.matcher.awaited();
        boolean isSsl = asked != null && asked.kind() == Kind.SSL;
        boolean isGss = asked != null && asked.kind() == Kind.GSS;
        if (!isSsl && !isGss) {
            return false;
        }
        if (answer == 'N') {
            result.structure(0, 1);
            result.message(answer(PostgresqlStatus.REFUSED, false, 1), 1);
            return true;
        }
        if (answer != (isSsl ? 'S' : 'G')) {
            return false;
        }
        result.structure(0, 1);
        conversation.upgrade(isSsl ? "tls" : "gss");
        result.upgraded(answer(PostgresqlStatus.OK, false, 1), 1, conversation.upgradedTo());
        return true;
    }

    /** Takes one frame, of which {@code seen} bytes are in view. */
    private void frame(byte type, ByteView view, int at, int seen, long total, ParseResult result) {
        int from = at + Frame.HEAD_BYTES;
        int to = at + seen;
        result.structure(at, from);
        if (type == 'N' || type == 'A') {
            result.begins(at, ASIDE);
            aside(type, view, from, to, total, result);
            return;
        }
        if (type == 'Z') {
            if (Frame.isState(view.byteAt(from))) {
                result.structure(from, to);
            }
            ready(view.byteAt(from), at, total, result);
            return;
        }
        if (type == 'S') {
            parameter(view, from, to, result);
            if (bytes == 0) {
                return;
            }
        }
        begin(at, result);
        bytes += total;
        ready = false;
        switch (type) {
            case 'D' -> rows++;
            case 'd' -> copied += total - Frame.HEAD_BYTES;
            case 'C' -> {
                tag(view, from, to, result);
                completed();
            }
            case 'I' -> {
                status = status == null ? PostgresqlStatus.EMPTY : status;
                completed();
            }
            case 's' -> {
                status = PostgresqlStatus.SUSPENDED;
                completed();
            }
            case 'E' -> {
                PostgresqlStatus error = fields(view, from, to, result);
                status = status != null && status.isError() ? status : error;
                failed();
            }
            case '1', '2', '3', 'T', 'n' -> replied();
            default -> {}
        }
    }

    private void begin(int at, ParseResult result) {
        if (bytes == 0) {
            result.begins(at, ANSWER);
        }
    }

    private void ready(byte state, int at, long total, ParseResult result) {
        ready = true;
        readies++;
        transaction = state == 'I' ? "idle" : state == 'T' ? "active" : "failed";
        if (state == 'I') {
            conversation.transactionEnded();
        }
        if (bytes > 0 || conversation.matcher.awaited() != null) {
            begin(at, result);
            bytes += total;
            ends = true;
        }
    }

    private void completed() {
        PostgresqlRequest asked = conversation.matcher.awaited();
        ends = asked != null && asked.kind() == Kind.EXECUTE && !conversation.matcher.isAwaitedSynced();
    }

    private void failed() {
        PostgresqlRequest asked = conversation.matcher.awaited();
        ends = fatal || (asked != null && !conversation.matcher.isAwaitedSynced());
    }

    private void replied() {
        PostgresqlRequest asked = conversation.matcher.awaited();
        replies++;
        ends = asked != null
                && asked.kind() == Kind.PREPARE
                && !conversation.matcher.isAwaitedSynced()
                && replies >= asked.replies();
    }

    private void tag(ByteView view, int from, int frameEnd, ParseResult result) {
        int to = textEnd(view, from, frameEnd);
        PostgresqlStatus said = PostgresqlStatus.ofTag(view, from, to);
        result.structure(said == PostgresqlStatus.OTHER_TAG ? to : from, Math.min(frameEnd, to + 1));
        status = status == null || !status.isError() ? said : status;
        int digits = to;
        while (digits > from && view.byteAt(digits - 1) >= '0' && view.byteAt(digits - 1) <= '9') {
            digits--;
        }
        if (digits < to && to - digits <= 18) {
            affected = Math.max(0, affected) + number(view, digits, to);
        }
        if (isDetailed() && tags.size() < MAX_TAGS) {
            tags.add(ShownText.line(view.latin1(from, to)));
        }
    }

    private static long number(ByteView view, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + view.byteAt(i) - '0';
        }
        return number;
    }

    /** The fields of an error or a notice, each a letter and a text. */
    private PostgresqlStatus fields(ByteView view, int from, int to, ParseResult result) {
        PostgresqlStatus code = PostgresqlStatus.OTHER_ERROR;
        int at = from;
        boolean isTold = false;
        while (at < to && view.byteAt(at) != 0) {
            byte field = view.byteAt(at);
            int value = at + 1;
            int end = textEnd(view, value, to);
            if (FIELDS.indexOf(field) >= 0) {
                result.structure(at, value);
            }
            switch (field) {
                case ERROR_SEVERITY, ERROR_SEVERITY_IN_ENGLISH -> {
                    boolean isEnglish = field == ERROR_SEVERITY_IN_ENGLISH;
                    boolean endsSession = is(view, value, end, "FATAL") || is(view, value, end, "PANIC");
                    if (endsSession) {
                        result.structure(value, end);
                    }
                    fatal = isEnglish ? endsSession : fatal || endsSession;
                    if (isDetailed() && (isEnglish || !isTold)) {
                        severity = ShownText.line(view.utf8(value, end));
                    }
                    isTold |= isEnglish;
                }
                case ERROR_CODE -> {
                    code = PostgresqlStatus.ofError(view, value, end);
                    result.structure(value, value + PostgresqlStatus.knownBytes(view, value, end));
                }
                case ERROR_MESSAGE -> {
                    if (isDetailed()) {
                        reason = masked(ShownText.line(view.utf8(value, end)));
                    }
                }
                default -> {}
            }
            result.structure(end, Math.min(to, end + 1));
            at = end + 1;
        }
        result.structure(Math.min(at, to), Math.min(at + 1, to));
        return code;
    }

    /** A message that ends in a quoted value tells what a statement held. */
    private String masked(String message) {
        int value = message.indexOf(": \"");
        return value < 0 || !conversation.detail.maskSecrets() ? message : message.substring(0, value) + ": ***";
    }

    private static boolean is(ByteView view, int from, int to, String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (view.byteAt(from + i) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void parameter(ByteView view, int from, int to, ParseResult result) {
        int nameEnd = textEnd(view, from, to);
        int value = Math.min(to, nameEnd + 1);
        int end = textEnd(view, value, to);
        result.structure(nameEnd, value);
        result.structure(end, Math.min(to, end + 1));
        if (isDetailed() && is(view, from, nameEnd, "server_version")) {
            serverVersion = ShownText.line(view.latin1(value, end));
        }
    }

    /** A notice or a notification, which may stand within an answer: what is known of that stays. */
    private void aside(byte type, ByteView view, int from, int to, long total, ParseResult result) {
        String keptSeverity = severity;
        String keptReason = reason;
        boolean keptFatal = fatal;
        severity = "";
        reason = "";
        String channel = "";
        if (type == 'N') {
            fields(view, from, to, result);
        } else {
            int name = from + Frame.LENGTH_BYTES;
            int nameEnd = textEnd(view, name, to);
            if (isDetailed()) {
                channel = ShownText.line(view.utf8(name, nameEnd));
            }
        }
        aside = PostgresqlResponse.oneWay(
                type == 'N' ? "NOTICE" : "NOTIFICATION",
                total,
                isDetailed() ? details(channel, List.of(), 0, 0, -1, 0, "", reason) : null);
        severity = keptSeverity;
        reason = keptReason;
        fatal = keptFatal;
    }

    private static int textEnd(ByteView view, int from, int to) {
        int end = from < to ? Frame.textEnd(view, from, to) : -1;
        return end < 0 ? to : end;
    }

    private boolean isDetailed() {
        return conversation.detail.attributes() || conversation.detail.text();
    }

    private void giveWhatEnds(int at, ParseResult result) {
        PostgresqlResponse other = aside;
        if (other != null) {
            aside = null;
            result.ends(ASIDE);
            result.message(other, at);
            return;
        }
        boolean isReadyAlone = status == null && rows == 0 && replies == 0 && bytes == 6;
        PostgresqlResponse answer = answer(status == null ? PostgresqlStatus.OK : status, isReadyAlone, bytes);
        reset();
        result.ends(ANSWER);
        result.message(answer, at);
    }

    private PostgresqlResponse answer(PostgresqlStatus of, boolean isReadyAlone, long wireBytes) {
        if (!isDetailed()) {
            conversation.takeCopiedIn();
            return conversation.messages.answer(of, isReadyAlone, wireBytes);
        }
        PostgresqlRequest asked = conversation.matcher.awaited();
        Portal portal = asked == null ? null : asked.portal();
        long all = portal == null ? 0 : portal.addRows(rows);
        String said = of.isError() ? severity + " " + of.label() + ": " + reason : String.join(", ", tags);
        PostgresqlResponse.Details details = details(
                "",
                List.copyOf(tags),
                rows,
                all == rows && of != PostgresqlStatus.SUSPENDED ? 0 : all,
                affected,
                copied + conversation.takeCopiedIn(),
                transaction,
                said);
        return isReadyAlone
                ? PostgresqlResponse.ready(wireBytes, details)
                : PostgresqlResponse.answer(of, wireBytes, details);
    }

    private PostgresqlResponse.Details details(
            String resource,
            List<String> ofTags,
            long ofRows,
            long portalRows,
            long ofAffected,
            long copyBytes,
            String state,
            String text) {
        int maxText = conversation.detail.maxTextBytes();
        return new PostgresqlResponse.Details(
                reason,
                severity,
                resource,
                ofTags,
                ofRows,
                portalRows,
                ofAffected,
                copyBytes,
                state,
                serverVersion,
                text.length() > maxText ? text.substring(0, maxText) : text);
    }

    private void stopUnless(boolean mayBecomeOne, String reasonNot, int at, ParseResult result) {
        if (mayBecomeOne || at > 0) {
            stop(at, result);
            return;
        }
        forget();
        result.ends(ANSWER);
        result.invalid(reasonNot);
    }

    private static void stop(int at, ParseResult result) {
        if (at == 0) {
            result.needMore();
        } else {
            result.skipped(at, 0);
        }
    }

    @Override
    public boolean isInMessage() {
        return bytes > 0;
    }

    @Override
    public void lost(ParseResult result) {
        forget();
        result.ends(ANSWER);
        result.invalid(PostgresqlReason.LOST);
    }

    @Override
    public void ended(ParseResult result) {
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        for (int at = from; at < view.length(); at++) {
            if (Frame.mayBeReady(view, at)) {
                return at;
            }
        }
        return view.length();
    }

    private void forget() {
        reset();
        aside = null;
        ready = false;
    }

    private void reset() {
        bytes = 0;
        status = null;
        replies = 0;
        rows = 0;
        affected = -1;
        copied = 0;
        fatal = false;
        severity = "";
        reason = "";
        transaction = "";
        tags.clear();
        ends = false;
    }
}
