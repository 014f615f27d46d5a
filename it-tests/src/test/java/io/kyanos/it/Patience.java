package io.kyanos.it;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long a test waits before it gives up. No claim: a machine that is busy with other things is slow, and what is
 * right there comes late. Applies to every wait that names no limit of its own.
 */
public final class Patience implements BeforeAllCallback {

    /** For what must come to be; {@code kyanos.it.patience} times as long on a machine that is so much slower. */
    public static final Duration LIMIT =
            Duration.ofMinutes(2).multipliedBy(Integer.getInteger("kyanos.it.patience", 1));

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LIMIT);
        // what is there already is not waited for
        Awaitility.setDefaultPollDelay(Duration.ZERO);
    }
}
