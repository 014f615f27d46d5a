package io.kyanos.cli;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS 1.2 and 1.3 by certificates whose files may change while it runs: the next handshake uses what they say then. */
final class TlsConfigurator extends HttpsConfigurator {

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /* A session taken up again is not asked for its certificate again. */
    private static final int SESSION_SECONDS = 300;

    private final boolean clientsMustProve;

    private TlsConfigurator(SSLContext context, boolean clientsMustProve) {
        super(context);
        this.clientsMustProve = clientsMustProve;
    }

    /** @throws IOException if the files cannot be used; its message is for the user */
    static TlsConfigurator of(Path certificate, Path key, Optional<Path> clientCa, LongSupplier nanoTime)
            throws IOException {
        AtomicInteger generation = new AtomicInteger();
        WatchedFiles<X509ExtendedKeyManager> keys = new WatchedFiles<>(
                List.of(certificate, key),
                () -> TlsFiles.keyManager(certificate, key, "generation-" + generation.incrementAndGet()),
                nanoTime);
        TrustManager[] trust = {};
        if (clientCa.isPresent()) {
            Path authorities = clientCa.get();
            trust = new TrustManager[] {
                new ChangingTrust(
                        new WatchedFiles<>(List.of(authorities), () -> TlsFiles.trustManager(authorities), nanoTime))
            };
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new ChangingKeys(keys)}, trust, new SecureRandom());
            context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
            return new TlsConfigurator(context, clientCa.isPresent());
        } catch (GeneralSecurityException e) {
            throw new IOException("prepare TLS: " + e.getMessage(), e);
        }
    }

    @Override
    public void configure(HttpsParameters parameters) {
        SSLParameters chosen = getSSLContext().getDefaultSSLParameters();
        chosen.setProtocols(PROTOCOLS);
        chosen.setUseCipherSuitesOrder(true);
        chosen.setNeedClientAuth(clientsMustProve);
        parameters.setSSLParameters(chosen);
    }

    /* A handshake asks for an alias, then for its key and its certificates. Should the files change in between, the alias is
     * still answered by who gave it. */
    private static final class ChangingKeys extends X509ExtendedKeyManager {

        private final WatchedFiles<X509ExtendedKeyManager> files;
        private X509ExtendedKeyManager latest;
        private X509ExtendedKeyManager before;

        ChangingKeys(WatchedFiles<X509ExtendedKeyManager> files) {
            this.files = files;
            latest = files.value();
            before = latest;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return latest().chooseEngineServerAlias(keyType, issuers, engine);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return latest().getServerAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return latest().chooseServerAlias(keyType, issuers, socket);
        }

        @Override
        public synchronized X509Certificate @Nullable [] getCertificateChain(String alias) {
            X509Certificate @Nullable [] chain = latest.getCertificateChain(alias);
            return chain == null ? before.getCertificateChain(alias) : chain;
        }

        @Override
        public synchronized @Nullable PrivateKey getPrivateKey(String alias) {
            @Nullable PrivateKey key = latest.getPrivateKey(alias);
            return key == null ? before.getPrivateKey(alias) : key;
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }

        private synchronized X509ExtendedKeyManager latest() {
            X509ExtendedKeyManager now = files.value();
            if (now != latest) {
                before = latest;
                latest = now;
            }
            return now;
        }
    }

    private static final class ChangingTrust extends X509ExtendedTrustManager {

        private final WatchedFiles<X509ExtendedTrustManager> files;

        ChangingTrust(WatchedFiles<X509ExtendedTrustManager> files) {
            this.files = files;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            files.value().checkClientTrusted(chain, authType, engine);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            files.value().checkClientTrusted(chain, authType, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            files.value().checkClientTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this end is never the client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("this end is never the client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("this end is never the client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return files.value().getAcceptedIssuers();
        }
    }
}
