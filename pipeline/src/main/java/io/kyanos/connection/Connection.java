package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: from the kernel's events to records. Holds events until the protocol is known, replays them, parses
 * both directions, matches, and gives each record to its consumer as soon as it is complete. Not thread-safe; memory is
 * bounded by its settings; never throws because of what came over the wire.
 */
/*
 * States: a connection is UNDECIDED until the protocols' tests have decided, then either CONVERSING or, if nobody wants
 * to know more of it, IGNORED. An undecided connection holds events; when they or their turns exceed their bound they are
 * given up, the kernel side is told to send only the heads of turns, and each head is tried on its own for as many turns
 * again. A conversation in which nothing parses any more is doubted (back to UNDECIDED), and ignored the second time,
 * unless an exchange has shown in between that it was understood: losses in large bodies look the same as another protocol.
 * An upgrade hands the connection over to the protocol that it names, in the same conversation state. Where no such
 * protocol is known the connection is IGNORED, but for a tunnel, which may hold any protocol and so is UNDECIDED again.
 * A UDP socket is in DATAGRAMS instead of UNDECIDED: the protocols of streams are not asked.
 *
 * Undecoded: a connection that speaks what nothing here reads is counted as such once: when that is certain, when the bounds
 * of looking are met, or when it ends undecided. One whose protocol is known and not wanted, or that a filter excludes, is not.
 *
 * Books: while undecided or ignored, bytes are accounted for here, by position, so that at the end the fates of a
 * direction's bytes add up to its final position in every state.
 */
public final class Connection {

    private enum State {
        UNDECIDED,
        CONVERSING,
        DATAGRAMS,
        IGNORED
    }

    /**
     * How far a connection's bytes have been accounted for.
     *
     * @param egress stream position
     * @param ingress stream position
     */
    public record Reached(long egress, long ingress) {

        public static final Reached NOTHING = new Reached(0, 0);
    }

    private static final String UNKNOWN_PROTOCOL = "unknown";

    private final long generation;
    private final ConnectionSettings settings;
    private final Books books;
    private final TraceControl traceControl;
    private final ProcessNames processNames;
    private final Consumer<TrafficRecord> records;
    private final HeldEvents held;
    private final ForeignSpeech foreign = new ForeignSpeech();
    private final long[] accounted = new long[2];
    private Reached begun = Reached.NOTHING;
    private boolean settled;
    private TraceState told = TraceState.UNSET;

    private State state = State.UNDECIDED;
    private Opening opening;
    private boolean openingSeen;
    private Inference inference;
    private @Nullable Conversation conversation;
    private @Nullable ParseStage egress;
    private @Nullable ParseStage ingress;
    private String protocol = UNKNOWN_PROTOCOL;
    private boolean headsOnly;
    private boolean doubted;

    /** What nobody reads any more belongs to the protocol that the connection was handed on to. */
    private boolean handedOn;

    /** The name under which the conversation in hand has just been handed on to nobody; empty if it goes on. */
    private String leftFor = "";

    /** Nothing of the other protocol had come when the connection was handed on. */
    private boolean leftAtBoundary;

    private int undecidedTurns;

    /** Held events that were given up, should the protocol be known one day. */
    private int givenUpEvents;

    /** Bytes have come since nothing was decided. */
    private boolean spoke;

    /** It is in the books as one that is not decoded. */
    private boolean countedUndecoded;

    /** The kernel side recognises nothing either, so it does not tell all. */
    private boolean mayBeCut;

    private @Nullable Direction lastDirection;
    private boolean closed;
    private @Nullable StructureListener structure;

    /** A response that the connection's end cuts has failed: its server ended it, or this client did not want the rest. */
    private boolean cutIsAnError;

    private long now;
    private int tgid;
    private int fd;
    private @Nullable ConnectionDescription description;

    /** A connection of which nothing has been seen yet; {@code records} gets each record as soon as it is complete. */
    public Connection(
            long generation,
            ConnectionSettings settings,
            Books books,
            TraceControl traceControl,
            ProcessNames processNames,
            Consumer<TrafficRecord> records) {
        this.generation = generation;
        this.opening = Opening.UNSEEN;
        this.settings = settings;
        this.books = books;
        this.traceControl = traceControl;
        this.processNames = processNames;
        this.records = records;
        this.held = new HeldEvents(settings.maxHeldBytes(), books.held());
        this.inference = new Inference(settings.protocols(), opening.side(), opening.fromItsBeginning());
    }

    /** Tells from here on what of its bytes is structure. Before the first event. */
    public void tellStructureTo(StructureListener listener) {
        structure = listener;
    }

    /** Tells the structure of what waits for more of its message, too, as its bytes are about to leave. */
    public void tellStructureSoFar() {
        if (egress != null && ingress != null) {
            egress.tellStructureSoFar();
            ingress.tellStructureSoFar();
        }
    }

    /** Names the connection for the whole capture. */
    public long generation() {
        return generation;
    }

    /** Whether its end has been seen; a closed connection gives no more records. */
    public boolean isClosed() {
        return closed;
    }

    /** Requests that wait for their response or its end, and messages that a silence may end. */
    public int waiting() {
        ParseStage requests = requests();
        ParseStage responses = responses();
        if (conversation == null || requests == null || responses == null) {
            return 0;
        }
        return conversation.matcher().waiting() + (requests.isOpen() ? 1 : 0) + (responses.hasBegun() ? 1 : 0);
    }

    /** Goes on where another of the same generation has broken off. Before the first event. */
    public void resumeAt(Reached reached) {
        begun = reached;
        accounted[0] = reached.egress();
        accounted[1] = reached.ingress();
    }

    /** How far its bytes have been accounted for. Exact only once it has been closed or broken off. */
    public Reached reached() {
        return new Reached(accounted[0], accounted[1]);
    }

    /**
     * Ends this object, not the connection, after a bug has thrown out of it: gives back its memory and settles its books,
     * so that another can {@link #resumeAt} what is {@link #reached}. Does nothing to a closed connection. May throw, of
     * the same bug, when all but the messages in hand is done.
     */
    public void breakOff() {
        if (settled) {
            return;
        }
        closed = true;
        if (egress != null && ingress != null) {
            egress.breakOff();
            ingress.breakOff();
            accounted[0] = egress.end();
            accounted[1] = ingress.end();
            egress = null;
            ingress = null;
        }
        releaseHeld(this::accountUnparsed);
        settle(-1, -1);
        endMatching(Unanswered.CAPTURE_LOSS);
    }

    /** Takes one event of this connection, in order of {@code emitted_at}. The event is not kept. */
    public void on(EventDecoder event) {
        now = event.emittedAt();
        switch (event.kind()) {
            case EventDecoder.KIND_OPENED -> opened(event);
            case EventDecoder.KIND_DATA -> data(event);
            case EventDecoder.KIND_CLOSED -> closed(event);
            default -> {
                // The kernel's own guess travels with the data; its event alone changes nothing here.
            }
        }
    }

    /**
     * Gives out the requests that have waited longer than allowed at {@code monotonicNanos}, and what is known of messages
     * of which nothing has come for as long.
     */
    public void timeOut(long monotonicNanos) {
        now = Math.max(now, monotonicNanos);
        ParseStage requests = requests();
        ParseStage responses = responses();
        if (conversation == null || requests == null || responses == null) {
            return;
        }
        long deadline = now - settings.requestTimeout().toNanos();
        requests.endOpenSince(deadline);
        responses.endOpenSince(deadline);
        responses.giveSoFarSince(deadline);
        // Behind an answer of which nobody knows where it ends, others may have come.
        Unanswered reason = responses.isOpen() ? Unanswered.CAPTURE_LOSS : Unanswered.TIMEOUT;
        conversation.matcher().timedOut(deadline, reason, exchanges);
    }

    /** Ends the connection without having seen its end: what waits becomes unanswered for lack of capture. */
    public void abandon() {
        end(Unanswered.CAPTURE_LOSS, -1, -1, false);
    }

    private void opened(EventDecoder event) {
        tgid = event.tgid();
        fd = event.fd();
        if (openingSeen) {
            return;
        }
        open(Opening.of(event));
    }

    /** Describes the connection, if its opening event did not. */
    public void open(Opening seen) {
        openingSeen = true;
        opening = seen;
        description = null;
        if (opening.transport() == Transport.UDP) {
            openDatagrams();
        } else if (opening.traceState() == TraceState.OFF) {
            ignore();
        } else if (state == State.UNDECIDED) {
            inference = new Inference(settings.protocols(), opening.side(), opening.fromItsBeginning());
        }
    }

    private void data(EventDecoder event) {
        if (closed) {
            books.late(event.dataLength());
            return;
        }
        if (event.tgid() != tgid || event.fd() != fd) {
            tgid = event.tgid();
            fd = event.fd();
            description = null;
        }
        if (told != TraceState.UNSET && event.dataTraceState() == TraceState.UNSET) {
            // Emitted before the kernel side was told; or another connection has taken its slot since.
            traceControl.trace(generation, told);
        }
        switch (state) {
            case UNDECIDED -> undecided(event);
            case CONVERSING -> converse(event);
            case DATAGRAMS -> datagram(event);
            case IGNORED -> account(event, Fate.GAP_UNTRACED);
        }
    }

    private void openDatagrams() {
        if (state == State.UNDECIDED) {
            releaseHeld(this::accountUnparsed);
            state = State.DATAGRAMS;
        }
    }

    /** A whole message of its own, of the peer that the event names. No protocol of datagrams is known yet. */
    private void datagram(EventDecoder event) {
        undecoded(Undecoded.UDP);
        // Positions say nothing here: datagrams have no order, and concurrent calls share a place.
        books.bytes(Fate.DATAGRAM, event.dataLength());
        accounted[index(event.direction())] += event.dataLength();
        undecidedTurns++;
        if (undecidedTurns > settings.maxUndecidedTurns()) {
            ignore();
        }
    }

    private void undecided(EventDecoder event) {
        if (event.direction() != lastDirection) {
            undecidedTurns++;
        }
        lastDirection = event.direction();
        mayBeCut = event.guessedProtocol() <= EventDecoder.PROTOCOL_UNKNOWN;
        spoke = true;
        if (inference.decides(event)) {
            decide(event);
            return;
        }
        Undecoded spoken = foreign.hears(event, inference.beginning(event.direction()));
        if (spoken != null || inference.isForeign()) {
            releaseHeld(this::accountUnparsed);
            accountUnparsed(event);
            undecoded(spoken == null ? Undecoded.UNKNOWN : spoken);
            ignore();
            return;
        }
        if (headsOnly) {
            accountUnparsed(event);
            if (undecidedTurns > settings.maxUndecidedTurns()) {
                undecoded(Undecoded.UNKNOWN);
                ignore();
            }
            return;
        }
        if (undecidedTurns <= settings.maxUndecidedTurns() && held.add(event)) {
            books.held(1);
        } else {
            giveUpHeld();
            accountUnparsed(event);
        }
    }

    private void releaseHeld(Consumer<EventDecoder> to) {
        int events = held.events();
        held.replay(to);
        books.replayed(events);
    }

    private void undecoded(Undecoded reason) {
        if (!countedUndecoded) {
            countedUndecoded = true;
            boolean isInternal = reason == Undecoded.UNKNOWN && opening.transport() == Transport.UNIX;
            books.undecoded(isInternal ? Undecoded.UNIX : reason);
        }
    }

    private void giveUpHeld() {
        givenUpEvents += held.events();
        releaseHeld(this::accountUnparsed);
        headsOnly = true;
        undecidedTurns = 0;
        inference.startAnywhere();
        tell(TraceState.HEADS);
    }

    private void decide(EventDecoder event) {
        Protocol decided = inference.protocol();
        if (decided == null) {
            throw new AssertionError("decided without a protocol");
        }
        if (!settings.wanted().contains(decided.name())) {
            releaseHeld(this::accountUnparsed);
            accountUnparsed(event);
            ignore();
            return;
        }
        books.drop(Loss.UNDECIDED, givenUpEvents);
        givenUpEvents = 0;
        protocol = decided.name();
        description = null;
        state = State.CONVERSING;
        boolean fromBeginning = inference.isOfBeginning(accounted[0], accounted[1]);
        conversation = decided.newConversation(StreamKind.WIRE, settings.detail(), server());
        egress = stage(conversation, Direction.EGRESS, fromBeginning);
        ingress = stage(conversation, Direction.INGRESS, fromBeginning);
        if (!fromBeginning) {
            conversation.matcher().requestsLost(exchanges);
        }
        tell(TraceState.FULL);
        releaseHeld(this::converse);
        converse(event);
    }

    private ParseStage stage(Conversation of, Direction direction, boolean atBoundary) {
        ParseStage stage = new ParseStage(
                protocol,
                parser(of, direction),
                messages(of, direction),
                books,
                settings,
                accounted[index(direction)],
                atBoundary);
        if (structure != null) {
            stage.collectStructure();
        }
        return stage;
    }

    private Parser parser(Conversation of, Direction direction) {
        return isRequest(direction) ? of.requests() : of.responses();
    }

    private ParseStage.Messages messages(Conversation of, Direction direction) {
        boolean requests = isRequest(direction);
        Matcher matcher = of.matcher();
        return new ParseStage.Messages() {
            @Override
            public void message(FramedMessage message) {
                if (requests) {
                    matcher.request(message, exchanges);
                } else {
                    matcher.response(message, exchanges);
                }
            }

            @Override
            public void begins() {
                if (!requests) {
                    matcher.responseBegins(exchanges);
                }
            }

            @Override
            public void cut(FramedMessage message) {
                message(!requests && cutIsAnError ? IncompleteMessage.insteadOf(message) : message);
            }

            @Override
            public void lost() {
                if (requests) {
                    matcher.requestsLost(exchanges);
                } else {
                    matcher.responsesLost(exchanges);
                }
            }

            @Override
            public void structure(long from, long to) {
                StructureListener listener = structure;
                if (listener != null) {
                    listener.structure(direction, from, to);
                }
            }

            @Override
            public void understood(long from, long to) {
                StructureListener listener = structure;
                if (listener != null) {
                    listener.understood(direction, from, to);
                }
            }

            @Override
            public void upgraded(String to) {
                handOn(to);
            }
        };
    }

    private @Nullable ParseStage requests() {
        return inference.side() == Side.CLIENT ? egress : ingress;
    }

    private @Nullable ParseStage responses() {
        return inference.side() == Side.CLIENT ? ingress : egress;
    }

    private Endpoint server() {
        return inference.side() == Side.CLIENT ? opening.remote() : opening.local();
    }

    private boolean isRequest(Direction direction) {
        return (direction == Direction.EGRESS) == (inference.side() == Side.CLIENT);
    }

    private void converse(EventDecoder event) {
        ParseStage stage = event.direction() == Direction.EGRESS ? egress : ingress;
        ParseStage other = event.direction() == Direction.EGRESS ? ingress : egress;
        if (stage == null || other == null) {
            account(event, Fate.GAP_UNTRACED);
            return;
        }
        books.toParse();
        if (other.isOpen() && stage.isBetweenMessages()) {
            other.turnEnds();
        }
        stage.data(event);
        if (!leftFor.isEmpty()) {
            leaveFor(leftFor);
        } else if (stage.unparsedInARow() > settings.maxUnparsedBytes()) {
            leaveConversation();
        }
    }

    /** The conversation says that another protocol begins: gives the connection to it, if it is known and wanted. */
    private void handOn(String to) {
        if (egress == null || ingress == null || !leftFor.isEmpty()) {
            return;
        }
        books.upgraded(protocol, to);
        for (Protocol next : settings.protocols()) {
            if (next.takesOver(to) && settings.wanted().contains(next.name())) {
                endMatching(Unanswered.CAPTURE_LOSS);
                protocol = next.name();
                Conversation begun = next.newConversation(StreamKind.WIRE, settings.detail(), server());
                conversation = begun;
                ParseStage first = isRequest(Direction.EGRESS) ? egress : ingress;
                first.takeOver(protocol, begun.requests(), messages(begun, direction(first)));
                ParseStage second = isRequest(Direction.EGRESS) ? ingress : egress;
                second.takeOver(protocol, begun.responses(), messages(begun, direction(second)));
                return;
            }
        }
        leftFor = to;
        leftAtBoundary = egress.isBetweenMessages() && ingress.isBetweenMessages();
    }

    private Direction direction(ParseStage stage) {
        return stage == egress ? Direction.EGRESS : Direction.INGRESS;
    }

    /** The connection was handed on and nobody has taken over. */
    private void leaveFor(String to) {
        leftFor = "";
        handedOn = true;
        if (egress != null && ingress != null) {
            egress.passOn();
            ingress.passOn();
        }
        endStages(-1, -1, false, false);
        endMatching(Unanswered.CAPTURE_LOSS);
        if (!to.equals(ParseResult.TUNNEL)) {
            undecoded(Undecoded.handedOnTo(to));
            ignore();
            return;
        }
        state = State.UNDECIDED;
        spoke = false;
        protocol = UNKNOWN_PROTOCOL;
        description = null;
        headsOnly = false;
        undecidedTurns = 0;
        lastDirection = null;
        inference = new Inference(settings.protocols(), inference.side(), leftAtBoundary, accounted);
    }

    /** Nothing here parses any more: the protocol was guessed wrong. */
    private void leaveConversation() {
        endStages(-1, -1, false, false);
        endMatching(Unanswered.CAPTURE_LOSS);
        if (doubted) {
            undecoded(Undecoded.UNKNOWN);
            ignore();
            return;
        }
        doubted = true;
        state = State.UNDECIDED;
        spoke = false;
        protocol = UNKNOWN_PROTOCOL;
        description = null;
        headsOnly = true;
        undecidedTurns = 0;
        inference = new Inference(settings.protocols(), opening.side(), false);
        tell(TraceState.HEADS);
    }

    private void ignore() {
        if (state == State.UNDECIDED) {
            releaseHeld(this::accountUnparsed);
        }
        state = State.IGNORED;
        tell(TraceState.OFF);
    }

    private void tell(TraceState state) {
        told = state;
        traceControl.trace(generation, state);
    }

    private void closed(EventDecoder event) {
        Unanswered reason = switch (event.closeReason()) {
            case EventDecoder.CLOSE_RESET -> Unanswered.RESET;
            case EventDecoder.CLOSE_TIMEOUT -> Unanswered.TIMEOUT;
            case EventDecoder.CLOSE_FILTERED -> Unanswered.CAPTURE_LOSS;
            default -> Unanswered.CLOSED;
        };
        if (event.closeReason() == EventDecoder.CLOSE_FILTERED) {
            // Nobody wants to know any more what it was.
            spoke = false;
        }
        boolean serverEnded = inference.side() == Side.SERVER && event.closedFirstEnd() == EventDecoder.END_LOCAL;
        cutIsAnError = serverEnded || inference.side() == Side.CLIENT;
        boolean whole = serverEnded || reason == Unanswered.CLOSED;
        end(reason, event.closedEnd(Direction.EGRESS), event.closedEnd(Direction.INGRESS), whole);
    }

    /** @param whole the responses have come to the end that delimits the last of them */
    private void end(Unanswered reason, long egressEnd, long ingressEnd, boolean whole) {
        if (closed) {
            return;
        }
        closed = true;
        if (state == State.UNDECIDED && spoke) {
            undecoded(Undecoded.UNKNOWN);
        }
        releaseHeld(this::accountUnparsed);
        boolean wasLost = endStages(egressEnd, ingressEnd, reason != Unanswered.CAPTURE_LOSS, whole);
        endMatching(wasLost ? Unanswered.CAPTURE_LOSS : reason);
        accountTo(0, egressEnd);
        accountTo(1, ingressEnd);
        settle(egressEnd, ingressEnd);
    }

    private void settle(long egressEnd, long ingressEnd) {
        settled = true;
        books.finalPosition(Math.max(accounted[0], egressEnd) - begun.egress());
        books.finalPosition(Math.max(accounted[1], ingressEnd) - begun.ingress());
    }

    /** Ends both directions, the requests first; true if the responses end in a hole. */
    private boolean endStages(long egressEnd, long ingressEnd, boolean inOrder, boolean whole) {
        ParseStage requests = requests();
        ParseStage responses = responses();
        if (egress == null || ingress == null || requests == null || responses == null) {
            return false;
        }
        boolean client = inference.side() == Side.CLIENT;
        long responsesEnd = client ? ingressEnd : egressEnd;
        boolean wasLost = responsesEnd > responses.end();
        requests.ended(client ? egressEnd : ingressEnd, inOrder, inOrder);
        responses.ended(responsesEnd, inOrder, whole);
        accounted[0] = egress.end();
        accounted[1] = ingress.end();
        egress = null;
        ingress = null;
        return wasLost;
    }

    private void endMatching(Unanswered reason) {
        if (conversation != null) {
            conversation.matcher().ended(reason, exchanges);
            conversation = null;
        }
    }

    private void accountUnparsed(EventDecoder event) {
        account(event, Fate.UNPARSED);
    }

    /** Moves the direction's account over an event whose bytes nobody parses. */
    private void account(EventDecoder event, Fate fate) {
        int which = index(event.direction());
        long end = event.position() + event.dataLength();
        if (end <= accounted[which]) {
            books.late(event.dataLength());
            return;
        }
        if (event.position() > accounted[which]) {
            accountTo(which, event.position());
        }
        long count = end - accounted[which];
        long seen = Math.min(count, event.captured());
        if (handedOn) {
            books.bytes(Fate.UPGRADED, count);
        } else if (fate == Fate.UNPARSED) {
            books.unparsed(UNKNOWN_PROTOCOL, Unparsed.UNDECIDED.label(), seen);
            books.bytes(
                    event.hasFlag(EventDecoder.FLAG_CONCURRENT) ? Fate.GAP_CONCURRENT : Fate.GAP_UNTRACED,
                    count - seen);
        } else {
            books.bytes(fate, count);
        }
        accounted[which] = end;
    }

    private void accountTo(int which, long position) {
        if (position > accounted[which]) {
            if (handedOn) {
                books.bytes(Fate.UPGRADED, position - accounted[which]);
                accounted[which] = position;
                return;
            }
            boolean untraced = headsOnly || state == State.IGNORED || (state == State.UNDECIDED && mayBeCut);
            books.bytes(untraced ? Fate.GAP_UNTRACED : Fate.GAP_LOST, position - accounted[which]);
            accounted[which] = position;
        }
    }

    private static int index(Direction direction) {
        return direction == Direction.EGRESS ? 0 : 1;
    }

    private final Matcher.Exchanges exchanges = new Matcher.Exchanges() {
        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            books.matched();
            doubted = false;
            emit(request, response, response.message().outcome(), null);
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            books.unanswered();
            emit(request, null, Outcome.UNANSWERED, reason);
        }

        @Override
        public void oneWay(FramedMessage message) {
            books.oneWay();
            emit(message, null, Outcome.ONE_WAY, null);
        }

        @Override
        public void unmatched(FramedMessage response) {
            books.unmatched();
        }
    };

    private void emit(
            FramedMessage request, @Nullable FramedMessage response, Outcome outcome, @Nullable Unanswered reason) {
        if (conversation != null) {
            conversation.concluded(request, response);
        }
        Message answer = response == null ? null : response.message();
        records.accept(new TrafficRecord(
                description(),
                protocol,
                request.message(),
                answer,
                outcome,
                reason,
                times(request, response),
                request.truncated() || (response != null && response.truncated()),
                request.calls(),
                response == null ? List.of() : response.calls()));
    }

    /** The definitions of docs/latency.md, in the one place where they are computed. */
    private RecordTimes times(FramedMessage request, @Nullable FramedMessage response) {
        boolean client = inference.side() == Side.CLIENT;
        long started = client ? request.firstEnteredAt() : request.firstExitedAt();
        long ended = response == null ? now : response.lastExitedAt();
        boolean known = response != null && started >= 0 && ended >= started;
        long total = known ? ended - started : RecordTimes.UNKNOWN;
        return new RecordTimes(
                epoch(started),
                epoch(ended),
                total,
                RecordTimes.UNKNOWN,
                client ? RecordTimes.UNKNOWN : total,
                RecordTimes.UNKNOWN,
                RecordTimes.UNKNOWN);
    }

    private long epoch(long monotonicNanos) {
        return monotonicNanos < 0 ? RecordTimes.UNKNOWN : monotonicNanos + settings.epochOffsetNanos();
    }

    private ConnectionDescription description() {
        ConnectionDescription known = description;
        if (known == null || known.process().equals(ProcessNames.UNKNOWN)) {
            known = new ConnectionDescription(
                    generation,
                    tgid,
                    fd,
                    processNames.nameOf(tgid),
                    inference.side(),
                    opening.transport(),
                    opening.local(),
                    opening.remote(),
                    "",
                    false);
            description = known;
        }
        return known;
    }
}
