package io.kyanos.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may read the metrics, and how that is checked.
 *
 * @param authFile users and hashes of their passwords
 * @param certificate of TLS, together with {@code key}
 * @param clientCa authorities that a client's certificate must come from; only with TLS
 * @param insecure anyone who reaches the address may read, wherever it is
 */
record ExporterAccess(
        Optional<Path> authFile,
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<Path> clientCa,
        boolean insecure) {

    /** The same, where a flag that was given wins over the setting. */
    ExporterAccess with(
            @Nullable Path authFlag,
            @Nullable Path certificateFlag,
            @Nullable Path keyFlag,
            @Nullable Path clientCaFlag,
            boolean insecureFlag) {
        return new ExporterAccess(
                authFlag == null ? authFile : Optional.of(authFlag),
                certificateFlag == null ? certificate : Optional.of(certificateFlag),
                keyFlag == null ? key : Optional.of(keyFlag),
                clientCaFlag == null ? clientCa : Optional.of(clientCaFlag),
                insecure || insecureFlag);
    }

    boolean isEncrypted() {
        return certificate.isPresent();
    }

    /** Whether who asks must prove anything. */
    boolean isRestricted() {
        return authFile.isPresent() || clientCa.isPresent();
    }

    /**
     * Refuses combinations that cannot be meant.
     *
     * @param loopback only this machine reaches the address
     * @throws UsageException with the ways out
     */
    void check(ListenAddress listen, boolean loopback) {
        if (certificate.isPresent() != key.isPresent()) {
            String given = certificate.isPresent() ? "--tls-cert" : "--tls-key";
            String missing = certificate.isPresent() ? "--tls-key" : "--tls-cert";
            throw new UsageException(
                    given + ": alone (expected: " + missing + " with it, as TLS needs certificate and key)");
        }
        if (clientCa.isPresent() && !isEncrypted()) {
            throw new UsageException("--tls-client-ca: alone (expected: --tls-cert and --tls-key with it)");
        }
        if (!loopback && !isRestricted() && !insecure) {
            throw new UsageException(
                    "listen " + listen
                            + ": anyone who reaches it could read the metrics. Hint: listen on 127.0.0.1; or ask for a password with"
                            + " --auth-file, encrypted with --tls-cert and --tls-key; or say that you want it, with --insecure.");
        }
    }
}
