package io.kyanos.cli;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Lines {@code user:hash}, the hash by bcrypt, as {@code kyanos hash-password} and {@code htpasswd -B} write them. Empty lines
 * and those that begin with # are passed over.
 */
final class PasswordFile {

    /** What bcrypt looks at; of a longer password it would take no more. */
    static final int MAX_PASSWORD_BYTES = 72;

    private static final Pattern HASH = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final int MIN_COST = 4;
    /* Each one more doubles the time of a check: this is a quarter of a minute. */
    private static final int MAX_COST = 16;

    private PasswordFile() {}

    /** Hashes by user, in the order of the file; at least one. */
    static Map<String, String> read(Path file) throws IOException {
        WatchedFiles.refuseIfWrittenByAll(file);
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        Map<String, String> hashes = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String where = file + ": line " + (i + 1) + ": ";
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException(
                        where + "no user (expected: USER:HASH). Hint: kyanos hash-password USER prints one.");
            }
            String hash = line.substring(colon + 1);
            var parsed = HASH.matcher(hash);
            if (!parsed.matches()) {
                throw new IOException(
                        where + "no hash by bcrypt (expected: USER:$2b$...). Hint: kyanos hash-password USER"
                                + " prints one, and so does htpasswd -nB USER.");
            }
            int cost = Integer.parseInt(parsed.group(1));
            if (cost < MIN_COST || cost > MAX_COST) {
                throw new IOException(
                        where + "cost of the hash: " + cost + " (expected: " + MIN_COST + " to " + MAX_COST + ")");
            }
            if (hashes.put(line.substring(0, colon), hash) != null) {
                throw new IOException(where + "a user that is already there (expected: each once)");
            }
        }
        if (hashes.isEmpty()) {
            throw new IOException(
                    file + ": no user (expected: a line USER:HASH). Hint: kyanos hash-password USER prints one.");
        }
        return hashes;
    }

    /** Takes as long as the hash says: some milliseconds to seconds of a processor. */
    static boolean matches(byte[] password, String hash) {
        return password.length <= MAX_PASSWORD_BYTES
                && BCrypt.verifyer().verify(password, hash.getBytes(StandardCharsets.US_ASCII)).verified;
    }

    /** A line of such a file. */
    static String line(String user, byte[] password, int cost) {
        return user + ":"
                + new String(BCrypt.with(BCrypt.Version.VERSION_2B).hash(cost, password), StandardCharsets.US_ASCII);
    }
}
