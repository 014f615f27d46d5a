package io.kyanos.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Passwords by HTTP's basic authentication, checked against a {@link PasswordFile} that may change. Thread-safe.
 *
 * <p>A password that was right is known again by a digest under a key of this process, so a scrape does not pay for bcrypt.
 * All others are hashed one at a time, and after a wrong one there is a pause nine times as long as its check took: whoever
 * guesses gets a tenth of one processor at most. Meanwhile others that are not known yet are asked to come later.
 */
final class BasicAuthentication {

    /** What is to be done with a request. */
    enum Verdict {
        WELCOME,
        WRONG,
        /** Not looked at: others have been guessing. */
        LATER
    }

    private static final String SCHEME = "basic ";
    private static final String DIGEST = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int PAUSE_PER_CHECK = 9;
    private static final int MAX_HEADER = 1024;
    private static final byte[] NOBODY = {};

    private final WatchedFiles<Map<String, String>> users;
    private final LongSupplier nanoTime;
    private final SecretKeySpec key;
    private final ReentrantLock hashing = new ReentrantLock();
    /* By user; the digest is of the password with the hash that it fitted, so a changed file makes it worthless. */
    private final Map<String, byte[]> known = new HashMap<>();
    private volatile long nextCheckNanos;

    BasicAuthentication(Path file, LongSupplier nanoTime) throws IOException {
        this.nanoTime = nanoTime;
        users = new WatchedFiles<>(List.of(file), () -> PasswordFile.read(file), nanoTime);
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, DIGEST);
        nextCheckNanos = nanoTime.getAsLong();
    }

    /** @param authorization the header, if there is one */
    Verdict check(@Nullable String authorization) {
        Map<String, String> hashes = users.value();
        byte[] credentials = credentials(authorization);
        int colon = indexOfColon(credentials);
        if (colon < 1) {
            return Verdict.WRONG;
        }
        String user = new String(credentials, 0, colon, StandardCharsets.UTF_8);
        byte[] password = Arrays.copyOfRange(credentials, colon + 1, credentials.length);
        @Nullable String hash = hashes.get(user);
        if (hash != null && isKnown(user, digest(password, hash))) {
            return Verdict.WELCOME;
        }
        if (!hashing.tryLock()) {
            return Verdict.LATER;
        }
        try {
            long start = nanoTime.getAsLong();
            if (start - nextCheckNanos < 0) {
                return Verdict.LATER;
            }
            /* Who is unknown costs as much time as who is known: the answer does not tell which. */
            String compared = hash == null ? hashes.values().iterator().next() : hash;
            boolean fits = PasswordFile.matches(password, compared) && hash != null;
            if (fits) {
                remember(user, digest(password, compared), hashes);
                return Verdict.WELCOME;
            }
            long end = nanoTime.getAsLong();
            nextCheckNanos = end + PAUSE_PER_CHECK * (end - start);
            return Verdict.WRONG;
        } finally {
            hashing.unlock();
        }
    }

    private boolean isKnown(String user, byte[] digest) {
        synchronized (known) {
            return MessageDigest.isEqual(known.getOrDefault(user, NOBODY), digest);
        }
    }

    private void remember(String user, byte[] digest, Map<String, String> hashes) {
        synchronized (known) {
            known.keySet().retainAll(hashes.keySet());
            known.put(user, digest);
        }
    }

    private byte[] digest(byte[] password, String hash) {
        try {
            Mac mac = Mac.getInstance(DIGEST);
            mac.init(key);
            mac.update(hash.getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(password);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("digest by " + DIGEST + ": not in this Java", e);
        }
    }

    private static int indexOfColon(byte[] credentials) {
        for (int i = 0; i < credentials.length; i++) {
            if (credentials[i] == ':') {
                return i;
            }
        }
        return -1;
    }

    /** {@code user:password}, or nothing where the header is not of that kind. */
    private static byte[] credentials(@Nullable String authorization) {
        if (authorization == null
                || authorization.length() > MAX_HEADER
                || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return NOBODY;
        }
        try {
            return Base64.getDecoder()
                    .decode(authorization.substring(SCHEME.length()).strip());
        } catch (IllegalArgumentException ignored) {
            /* Not base64: no credentials. */
            return NOBODY;
        }
    }
}
