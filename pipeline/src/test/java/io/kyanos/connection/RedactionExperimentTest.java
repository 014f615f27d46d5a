package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocols;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RedactionExperimentTest {
    @Test
    void compares() {
        String only = System.getenv().getOrDefault("KP", "http");
        List<Flow> flows = Flow.of(only);
        int bad = 0;
        int n = Integer.parseInt(System.getenv().getOrDefault("KN", "3000"));
        for (int seed = 0; seed < n; seed++) {
            Random random = new Random(seed);
            Flow flow = flows.get(random.nextInt(flows.size()));
            List<Flow.Step> steps = new ArrayList<>();
            for (Flow.Step s : flow.steps()) {
                Flow.Step step = s;
                if (!s.isGap() && random.nextInt(4) == 0) {
                    byte[] b = s.bytes().clone();
                    int at = random.nextInt(b.length);
                    switch (random.nextInt(4)) {
                        case 0 -> b[at] = (byte) random.nextInt();
                        case 1 -> b = Arrays.copyOf(b, Math.max(1, at));
                        case 2 -> { Flow f2 = flows.get(random.nextInt(flows.size())); Flow.Step o = f2.steps().get(random.nextInt(f2.steps().size())); byte[] j = Arrays.copyOf(b, at + o.bytes().length); System.arraycopy(o.bytes(), 0, j, at, o.bytes().length); if (j.length > 0) b = j; }
                        default -> { String[] w = {" ", "\r\n", ":", "0", "a", "\n", "\t", "HTTP/1.1", "*1\r\n", "$3\r\n"}; byte[] o = w[random.nextInt(w.length)].getBytes(); byte[] j = new byte[b.length + o.length]; System.arraycopy(b, 0, j, 0, at); System.arraycopy(o, 0, j, at, o.length); System.arraycopy(b, at, j, at + o.length, b.length - at); b = j; }
                    }
                    step = s.with(b);
                }
                steps.add(step);
            }
            List<String> was = RedactedFlowTest.records(flow, steps);
            List<Flow.Step> red = RedactedFlowTest.redacted(flow, steps, false);
            List<String> is = RedactedFlowTest.records(flow, red);
            was = was.stream().map(r -> r.contains("UNANSWERED") ? r.replaceAll("endedAt=\\d+", "") : r).toList(); is = is.stream().map(r -> r.contains("UNANSWERED") ? r.replaceAll("endedAt=\\d+", "") : r).toList();
            if (!was.equals(is)) {
                bad++;
                if (bad < 12) {
                    System.out.println("### seed " + seed + " " + flow.name());
                    for (int i = 0; i < steps.size(); i++) {
                        if (!steps.get(i).isGap()) {
                            System.out.println((steps.get(i).isRequest() ? "> " : "< ") + esc(steps.get(i).bytes()));
                            System.out.println("  " + esc(red.get(i).bytes()));
                        } else System.out.println("gap " + steps.get(i).isRequest() + steps.get(i).gap());
                    }
                    was.forEach(r -> System.out.println(" was " + r.replaceAll("RecordTimes.startedAt=(\\d+), endedAt=(\\d+).*", "$1 $2")));
                    is.forEach(r -> System.out.println(" is  " + r.replaceAll("RecordTimes.startedAt=(\\d+), endedAt=(\\d+).*", "$1 $2")));
                }
            }
        }
        System.out.println("bad " + bad + " of " + n);
    }

    static String esc(byte[] b) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < Math.min(b.length, 400); i++) { int c = b[i] & 0xff; s.append(c == '\r' ? "\\r" : c == '\n' ? "\\n" : c < 32 || c > 126 ? String.format("\\x%02x", c) : "" + (char) c); }
        return s.toString();
    }
}
