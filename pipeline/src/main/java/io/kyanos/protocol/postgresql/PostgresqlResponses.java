package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Answer;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Aside;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Request;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Message.AttributeVisitor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the frames of a server say, divided by what was asked. Not thread-safe. */
/*
 * Answers: that to an Execute ends with its completion, its suspension or an error; behind a Sync, and to a simple query, with
 * ReadyForQuery, so that what a commit takes is part of it. Where it is not known what was asked an answer lasts up to
 * ReadyForQuery.
 *
 * By themselves: notices and notifications stand anywhere, also between rows. They are messages of their own.
 *
 * Losses: only ReadyForQuery shows for certain that an answer begins behind it, so nothing else is looked for.
 */
final class PostgresqlResponses implements PostgresqlParser.Messages {

    private static final int MAX_TAGS = 16;

    /** Keys of messages: an answer stays open while messages come that the server sends by itself. */
    private static final long ANSWER = 1;

    private static final long ASIDE = 2;

    private final PostgresqlConversation conversation;
    private final ErrorFields error;
    private String serverVersion = "";

    private long bytes;
    private @Nullable PostgresqlStatus status;
    private boolean isReadyAlone;
    private int replies;
    private long rows;
    private long affected;
    private long copied;
    private String severity = "";
    private String reason = "";
    private String transaction = "";
    private final List<String> tags = new ArrayList<>(0);

    /** What the server sends by itself, until it is given. */
    private @Nullable Aside aside;

    PostgresqlResponses(PostgresqlConversation conversation) {
        this.conversation = conversation;
        error = new ErrorFields(conversation.detail.details(), conversation.detail.maskSecrets());
        reset();
    }

    /** A wish for encryption is answered by one byte, by an old server with an error. */
    @Override
    public boolean unframed(ByteView view, ParseResult result) {
        Request asked = bytes > 0 ? null : conversation.matcher.awaited();
        if (asked == null || (asked.kind() != Kind.SSL && asked.kind() != Kind.GSS)) {
            return false;
        }
        byte yes = (byte) (asked.kind() == Kind.SSL ? 'S' : 'G');
        byte said = view.byteAt(0);
        if (said != yes && said != 'N') {
            return false;
        }
        bytes = 1;
        result.structure(0, 1);
        if (said == 'N') {
            status = PostgresqlStatus.REFUSED;
            give(1, result);
        } else {
            conversation.upgradedTo = asked.kind() == Kind.SSL ? "tls" : "gss";
            result.upgraded(answer(), 1, conversation.upgradedTo);
        }
        return true;
    }

    @Override
    public boolean frame(Frame frame) {
        return switch (frame.type()) {
            case 'N' -> notice(frame);
            case 'A' -> notification(frame);
            case 'S' -> parameter(frame);
            case 'Z' -> ready(frame);
            default -> ofAnswer(frame);
        };
    }

    @Override
    public void tellSoFar(Frame frame) {
        switch (frame.type()) {
            case 'N', 'E' -> error.read(frame);
            case 'S' -> {
                frame.text();
                frame.tell(0);
            }
            case 'C' -> tagSoFar(frame);
            default -> {}
        }
    }

    private boolean notice(Frame frame) {
        frame.begins(ASIDE);
        error.read(frame);
        aside = aside(Kind.NOTICE, frame, "", error.reason());
        return true;
    }

    private boolean notification(Frame frame) {
        frame.begins(ASIDE);
        frame.skip(Frame.LENGTH_BYTES);
        frame.text();
        aside = aside(Kind.NOTIFICATION, frame, conversation.detail.details() ? frame.shown() : "", "");
        return true;
    }

    private Aside aside(Kind kind, Frame frame, String channel, String said) {
        if (!conversation.detail.details()) {
            return new Aside(kind, frame.bytes(), Details.NONE);
        }
        List<Value> values = new ArrayList<>();
        AttributeVisitor told = Details.into(values);
        told.unlessEmpty(PostgresqlAttribute.REASON, said);
        told.unlessEmpty(PostgresqlAttribute.SEVERITY, kind == Kind.NOTICE ? error.severity() : "");
        return new Aside(kind, frame.bytes(), new Details(channel, values, conversation.cut(said)));
    }

    /** A parameter stands anywhere, and is part of an answer only within it. */
    private boolean parameter(Frame frame) {
        frame.text();
        frame.tell(0);
        boolean isVersion = conversation.detail.details() && frame.isText("server_version");
        frame.text();
        frame.tell(0);
        serverVersion = isVersion ? frame.shown() : serverVersion;
        if (bytes > 0) {
            add(frame);
        }
        return false;
    }

    private boolean ready(Frame frame) {
        byte state = frame.one(PostgresqlGuess.STATES);
        if (state == 'I') {
            conversation.transactionEnded();
        }
        boolean isAlone = bytes == 0;
        boolean isAnswer = !isAlone || conversation.matcher.awaited() != null;
        if (isAnswer) {
            add(frame);
            isReadyAlone = isAlone;
            transaction = state == 'I' ? "idle" : state == 'T' ? "active" : "failed";
        }
        conversation.isReady = true;
        return isAnswer;
    }

    private boolean ofAnswer(Frame frame) {
        add(frame);
        return switch (frame.type()) {
            case 'C' -> completed(tag(frame));
            case 'I' -> completed(status == null ? PostgresqlStatus.EMPTY : status);
            case 's' -> completed(PostgresqlStatus.SUSPENDED);
            case 'E' -> failed(frame);
            case '1', '2', '3', 'T', 'n' -> replied();
            case 'D' -> row();
            case 'd' -> copied(frame);
            default -> false;
        };
    }

    private void add(Frame frame) {
        if (bytes == 0) {
            frame.begins(ANSWER);
        }
        bytes += frame.bytes();
        conversation.isReady = false;
    }

    private boolean row() {
        rows++;
        return false;
    }

    private boolean copied(Frame frame) {
        copied += frame.bytes() - Frame.HEAD_BYTES;
        return false;
    }

    private boolean completed(PostgresqlStatus as) {
        status = status == null || !status.isError() ? as : status;
        return endsBeforeReady(Kind.EXECUTE);
    }

    private boolean failed(Frame frame) {
        error.read(frame);
        if (status == null || !status.isError()) {
            status = error.status();
            severity = error.severity();
            reason = error.reason();
        }
        Request asked = conversation.matcher.awaited();
        return error.endsSession() || (asked != null && !conversation.matcher.isAwaitedSynced());
    }

    private boolean replied() {
        replies++;
        Request asked = conversation.matcher.awaited();
        return endsBeforeReady(Kind.PREPARE) && asked != null && replies >= asked.replies;
    }

    /** Whether this kind of request is the one that is answered, and no ReadyForQuery is part of the answer. */
    private boolean endsBeforeReady(Kind kind) {
        Request asked = conversation.matcher.awaited();
        return asked != null && asked.kind() == kind && !conversation.matcher.isAwaitedSynced();
    }

    private PostgresqlStatus tag(Frame frame) {
        frame.text();
        ByteView view = frame.view();
        int to = frame.textTo();
        PostgresqlStatus said = PostgresqlStatus.ofTag(view, frame.textFrom(), to);
        frame.tell(said == PostgresqlStatus.OTHER_TAG ? 0 : frame.textBytes());
        long count = PostgresqlStatus.count(view, frame.textFrom(), to);
        affected = count < 0 ? affected : Math.max(0, affected) + count;
        if (conversation.detail.details() && tags.size() < MAX_TAGS) {
            tags.add(frame.shown());
        }
        return said;
    }

    /** Of a tag its words: what follows the last blank may go on. */
    private static void tagSoFar(Frame frame) {
        frame.text();
        int to = frame.textTo() - 1;
        while (to > frame.textFrom() && frame.view().byteAt(to) != ' ') {
            to--;
        }
        boolean isKnown = to > frame.textFrom()
                && PostgresqlStatus.ofTag(frame.view(), frame.textFrom(), to) != PostgresqlStatus.OTHER_TAG;
        frame.tell(isKnown ? to + 1 - frame.textFrom() : 0);
    }

    @Override
    public void give(int length, ParseResult result) {
        Aside other = aside;
        if (other != null) {
            aside = null;
            result.ends(ASIDE);
            result.message(other, length);
        } else {
            result.ends(ANSWER);
            result.message(answer(), length);
        }
    }

    private Answer answer() {
        PostgresqlStatus said = status == null ? PostgresqlStatus.OK : status;
        Kind kind = isReadyAlone ? Kind.READY : Kind.ANSWER;
        copied += conversation.copiedIn;
        conversation.copiedIn = 0;
        Answer answer = conversation.detail.details()
                ? new Answer(kind, said, bytes, details(said))
                : conversation.messages.answer(kind, said, bytes);
        reset();
        return answer;
    }

    private Details details(PostgresqlStatus said) {
        Request asked = conversation.matcher.awaited();
        Portal portal = asked == null ? null : asked.portal;
        long ofPortal = portal == null ? 0 : portal.addRows(rows);
        boolean isWhole = ofPortal == rows && said != PostgresqlStatus.SUSPENDED;
        List<Value> values = new ArrayList<>();
        AttributeVisitor told = Details.into(values);
        told.unlessEmpty(PostgresqlAttribute.REASON, reason);
        told.unlessEmpty(PostgresqlAttribute.SEVERITY, severity);
        tags.forEach(tag -> told.attribute(PostgresqlAttribute.TAG, tag));
        told.unlessNegative(PostgresqlAttribute.ROWS, rows == 0 ? -1 : rows);
        told.unlessNegative(PostgresqlAttribute.PORTAL_ROWS, isWhole || ofPortal == 0 ? -1 : ofPortal);
        told.unlessNegative(PostgresqlAttribute.AFFECTED, affected);
        told.unlessNegative(PostgresqlAttribute.COPY_BYTES, copied == 0 ? -1 : copied);
        told.unlessEmpty(PostgresqlAttribute.TRANSACTION, transaction);
        told.unlessEmpty(PostgresqlAttribute.SERVER_VERSION, serverVersion);
        String text = said.isError() ? severity + " " + said.label() + ": " + reason : String.join(", ", tags);
        return new Details("", values, conversation.cut(text));
    }

    @Override
    public boolean isInMessage() {
        return bytes > 0;
    }

    @Override
    public void forget(ParseResult result) {
        reset();
        aside = null;
        result.ends(ANSWER);
    }

    @Override
    public boolean mayBegin(ByteView view, int at) {
        return PostgresqlGuess.mayBeReady(view, at);
    }

    private void reset() {
        bytes = 0;
        status = null;
        isReadyAlone = false;
        replies = 0;
        rows = 0;
        affected = -1;
        copied = 0;
        severity = "";
        reason = "";
        transaction = "";
        tags.clear();
    }
}
