package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.web.RouteTemplates;
import io.kyanos.record.Message;
import io.kyanos.record.Unanswered;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Drives a conversation as {@link Parser} asks for it, and notes what comes out. */
final class Wire {

    final List<String> records = new ArrayList<>();
    final List<Message> requests = new ArrayList<>();
    final List<Message> responses = new ArrayList<>();
    final List<String> reasons = new ArrayList<>();
    final List<String> upgrades = new ArrayList<>();
    int unmatched;
    int mostBuffered;

    private final Conversation conversation;
    private final Matcher matcher;
    private final Line requestLine;
    private final Line responseLine;
    private long now;

    Wire() {
        this(Detail.NONE);
    }

    Wire(Detail detail) {
        this(new HttpProtocol(new RouteTemplates(List.of())).newConversation(detail));
    }

    Wire(Conversation conversation) {
        this.conversation = conversation;
        matcher = conversation.matcher();
        requestLine = new Line(conversation.requests(), true);
        responseLine = new Line(conversation.responses(), false);
    }

    Wire request(String latin1) {
        return bytes(true, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    Wire response(String latin1) {
        return bytes(false, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    Wire bytes(boolean request, byte[] bytes) {
        now += 1000;
        if (line(!request).open && line(request).isBetweenMessages()) {
            line(!request).turnEnds();
        }
        line(request).bytes(bytes);
        return this;
    }

    Wire gap(boolean request, long length) {
        now += 1000;
        line(request).gap(length);
        return this;
    }

    Wire end() {
        now += 1000;
        requestLine.ended();
        responseLine.ended();
        matcher.ended(Unanswered.CLOSED, exchanges);
        return this;
    }

    private Line line(boolean request) {
        return request ? requestLine : responseLine;
    }

    private final Matcher.Exchanges exchanges = new Matcher.Exchanges() {
        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            conversation.concluded(request, response);
            note(request.message(), response.message().status());
            responses.add(response.message());
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            conversation.concluded(request, null);
            note(request.message(), "unanswered");
        }

        @Override
        public void oneWay(FramedMessage message) {
            note(message.message(), "one_way");
        }

        @Override
        public void unmatched(FramedMessage response) {
            unmatched++;
        }

        private void note(Message request, String status) {
            requests.add(request);
            records.add(request.operation() + " | " + request.resource() + " | " + status);
        }
    };

    /** One direction. */
    private final class Line {

        private final Parser parser;
        private final boolean isRequest;
        private final ParseResult result = new ParseResult();
        private byte[] buffered = new byte[0];
        private long position;

        /** Where the current message has begun. */
        private long begun;

        private long passOver;
        private boolean ask;
        private boolean resyncing;
        private boolean upgraded;
        private boolean open;
        private int stillMessages;

        Line(Parser parser, boolean isRequest) {
            this.parser = parser;
            this.isRequest = isRequest;
        }

        void bytes(byte[] more) {
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            joined.writeBytes(buffered);
            joined.writeBytes(more);
            buffered = joined.toByteArray();
            drain();
            mostBuffered = Math.max(mostBuffered, buffered.length);
        }

        void gap(long length) {
            long left = length;
            if (upgraded) {
                return;
            }
            if (passOver > 0) {
                long passed = Math.min(passOver, left);
                parser.missed(passed);
                position += passed;
                left -= passed;
                shorten(passed);
                drain();
            }
            if (left == 0) {
                return;
            }
            if (!open) {
                parser.lost(result);
                open = result.kind() == ParseResult.Kind.SKIPPED;
            }
            if (open) {
                passOpen(buffered.length);
                parser.missed(left);
                position += left;
                return;
            }
            framingLost();
            position += buffered.length + left;
            buffered = new byte[0];
        }

        boolean isBetweenMessages() {
            return passOver == 0 && !open && buffered.length == 0;
        }

        void turnEnds() {
            passOpen(buffered.length);
            endOpen();
        }

        private void endOpen() {
            open = false;
            parser.lost(result);
            framingLost();
        }

        private void framingLost() {
            currentMessage();
            passOver = 0;
            ask = false;
            lost();
        }

        private void passOpen(int count) {
            if (count > 0) {
                parser.passed(new ByteView(buffered, 0, count), result);
                consume(count);
            }
        }

        void ended() {
            if (upgraded) {
                return;
            }
            if (open) {
                passOpen(buffered.length);
                open = false;
            }
            parser.ended(result);
            consume(result.length());
            currentMessage();
        }

        private void drain() {
            while (!upgraded) {
                if (open) {
                    int proven = parser.provenEnd(new ByteView(buffered, 0, buffered.length));
                    passOpen(proven < 0 ? buffered.length : proven);
                    if (proven < 0) {
                        return;
                    }
                    open = false;
                    parser.lost(result);
                    currentMessage();
                }
                if (passOver > 0) {
                    int count = (int) Math.min(passOver, buffered.length);
                    if (count > 0) {
                        parser.passed(new ByteView(buffered, 0, count), result);
                        consume(count);
                        shorten(count);
                    }
                    if (passOver > 0) {
                        return;
                    }
                }
                if (buffered.length == 0 && !ask) {
                    return;
                }
                if (resyncing && !ask) {
                    ByteView view = new ByteView(buffered, 0, buffered.length);
                    consume(parser.resync(view, 0));
                    if (buffered.length == 0) {
                        return;
                    }
                }
                ask = false;
                // A fresh copy: reading outside of the view, or keeping it, would show.
                byte[] copy = buffered.clone();
                long at = position;
                result.restart();
                parser.parse(new ByteView(copy, 0, copy.length), result);
                if (result.beginning() != ParseResult.NOWHERE) {
                    begun = at + result.beginning();
                }
                switch (result.kind()) {
                    case NEED_MORE -> {
                        return;
                    }
                    case MESSAGE -> {
                        stillMessages = result.length() == 0 ? stillMessages + 1 : 0;
                        if (stillMessages > 2) {
                            throw new AssertionError("messages without progress");
                        }
                        consume(result.length());
                        message();
                    }
                    case SKIPPED -> {
                        if (result.length() == 0 && result.passOver() == 0) {
                            throw new AssertionError("skipped nothing");
                        }
                        consume(result.length());
                        open = result.passOver() == ParseResult.UNTIL_NEXT;
                        passOver = open ? 0 : result.passOver();
                        ask = false;
                        resyncing = false;
                    }
                    case INVALID -> {
                        reasons.add(result.reason());
                        lost();
                        consume(Math.min(1, buffered.length));
                    }
                    case UPGRADED -> {
                        consume(result.length());
                        if (result.message() != null) {
                            message();
                        }
                        upgrades.add(result.upgradedTo());
                        upgraded = true;
                    }
                }
            }
        }

        private void shorten(long count) {
            if (passOver != ParseResult.UNTIL_END) {
                passOver -= count;
                ask = passOver == 0;
            }
        }

        private void consume(int count) {
            position += count;
            byte[] rest = new byte[buffered.length - count];
            System.arraycopy(buffered, count, rest, 0, rest.length);
            buffered = rest;
        }

        private void lost() {
            if (!resyncing) {
                if (isRequest) {
                    matcher.requestsLost(exchanges);
                } else {
                    matcher.responsesLost(exchanges);
                }
            }
            resyncing = true;
        }

        private void currentMessage() {
            if (result.kind() == ParseResult.Kind.MESSAGE) {
                message();
            }
        }

        private void message() {
            resyncing = false;
            Message message = result.message();
            if (message == null) {
                throw new AssertionError("a message result without its message");
            }
            if (message.wireBytes() > position - begun) {
                throw new AssertionError("a message of more bytes than there were: " + message.wireBytes());
            }
            FramedMessage framed = new FramedMessage(message, begun, position, false, now, now, now, List.of());
            if (isRequest) {
                matcher.request(framed, exchanges);
            } else {
                matcher.response(framed, exchanges);
            }
        }
    }
}
