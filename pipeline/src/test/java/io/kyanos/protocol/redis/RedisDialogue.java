package io.kyanos.protocol.redis;

import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FlowDriver;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a client and a server say to each other, written short, and the records that come of it. */
final class RedisDialogue {

    final FlowDriver driver;

    RedisDialogue() {
        this(Detail.NONE);
    }

    RedisDialogue(Detail detail) {
        driver = new FlowDriver(RedisProtocol.INSTANCE.newConversation(detail));
    }

    /** Commands in one write, divided by semicolons, their words by blanks. */
    RedisDialogue asks(String commands) {
        StringBuilder bytes = new StringBuilder();
        for (String command : commands.split("; ")) {
            bytes.append(request(command.split(" ")));
        }
        return sends(bytes.toString());
    }

    static String request(String... words) {
        StringBuilder bytes = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return bytes.toString();
    }

    RedisDialogue sends(String latin1) {
        driver.data(true, latin1.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Lines of replies in one write, divided by blanks; a blank within a line is written {@code ^}. */
    RedisDialogue hears(String lines) {
        return receives(lines.replace(" ", "\r\n").replace("^", " ") + "\r\n");
    }

    RedisDialogue receives(String latin1) {
        driver.data(false, latin1.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    RedisDialogue misses(boolean ofRequests, long bytes) {
        driver.gap(ofRequests, bytes);
        return this;
    }

    /** Each record so far as its operation and status. */
    List<String> records() {
        return driver.records.stream()
                .map(record -> record.replaceFirst(" \\| .* \\| ", " "))
                .toList();
    }

    /** What the connection's end adds. */
    List<String> atTheEnd() {
        driver.end();
        return records();
    }
}
