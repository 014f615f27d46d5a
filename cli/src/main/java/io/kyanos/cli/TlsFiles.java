package io.kyanos.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Certificates and keys in PEM, as files have them. What does not fit is rejected with the command that helps. */
final class TlsFiles {

    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
    private static final Pattern KEY = Pattern.compile(
            "-----BEGIN ([A-Z ]*)PRIVATE KEY-----([A-Za-z0-9+/=\\s]+?)-----END [A-Z ]*PRIVATE KEY-----");
    private static final Pattern OTHER_KEY = Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----");
    /* The store lives in memory alone, and wants one. */
    private static final char[] NO_PASSWORD = {};

    private TlsFiles() {}

    /** @param alias that the key manager calls it by */
    static X509ExtendedKeyManager keyManager(Path certificate, Path key, String alias) throws IOException {
        X509Certificate[] chain = certificates(certificate).toArray(X509Certificate[]::new);
        PrivateKey privateKey = privateKey(key, chain[0].getPublicKey().getAlgorithm());
        expectPair(chain[0], privateKey, certificate, key);
        warnIfNotValid(chain[0], certificate);
        try {
            KeyStore store = emptyStore();
            store.setKeyEntry(alias, privateKey, NO_PASSWORD, chain);
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            for (KeyManager manager : factory.getKeyManagers()) {
                if (manager instanceof X509ExtendedKeyManager extended) {
                    return extended;
                }
            }
            throw new IllegalStateException("key manager for X.509: none in this Java");
        } catch (GeneralSecurityException e) {
            throw new IOException(key + ": " + e.getMessage(), e);
        }
    }

    static X509ExtendedTrustManager trustManager(Path authorities) throws IOException {
        try {
            KeyStore store = emptyStore();
            int number = 0;
            for (X509Certificate authority : certificates(authorities)) {
                store.setCertificateEntry("authority-" + number++, authority);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new IllegalStateException("trust manager for X.509: none in this Java");
        } catch (GeneralSecurityException e) {
            throw new IOException(authorities + ": " + e.getMessage(), e);
        }
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static Collection<X509Certificate> certificates(Path file) throws IOException {
        Collection<? extends Certificate> certificates;
        try (InputStream in = Files.newInputStream(file)) {
            certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
        } catch (CertificateException ignored) {
            throw noCertificate(file);
        }
        if (certificates.isEmpty()) {
            throw noCertificate(file);
        }
        return certificates.stream().map(X509Certificate.class::cast).toList();
    }

    private static IOException noCertificate(Path file) {
        return new IOException(file + ": no certificate in it (expected: PEM, -----BEGIN CERTIFICATE-----)");
    }

    private static PrivateKey privateKey(Path file, String algorithm) throws IOException {
        WatchedFiles.refuseIfReadByAll(file);
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Matcher other = OTHER_KEY.matcher(text);
        if (!other.find()) {
            throw new IOException(file + ": no private key in it (expected: PEM, -----BEGIN PRIVATE KEY-----)");
        }
        String kind = other.group(1).strip();
        if (kind.equals("ENCRYPTED")) {
            throw new IOException(
                    file + ": a key protected by a password (expected: without one, as nobody is there to type it)."
                            + " Hint: openssl pkcs8 -in " + file + " -out new.key");
        }
        if (!kind.isEmpty()) {
            throw new IOException(
                    file + ": a key in the format of " + kind + " alone (expected: PKCS#8, -----BEGIN PRIVATE"
                            + " KEY-----). Hint: openssl pkcs8 -topk8 -nocrypt -in " + file + " -out new.key");
        }
        Matcher key = KEY.matcher(text);
        if (!key.find()) {
            throw new IOException(file + ": a private key without an end (expected: -----END PRIVATE KEY-----)");
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(key.group(2));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException | IllegalArgumentException ignored) {
            throw new IOException(
                    file + ": a key that cannot be read (expected: one of " + algorithm + ", as the certificate has)");
        }
    }

    private static void expectPair(X509Certificate certificate, PrivateKey key, Path certificateFile, Path keyFile)
            throws IOException {
        byte[] probe = "kyanos".getBytes(StandardCharsets.UTF_8);
        boolean pair;
        try {
            Signature signature = Signature.getInstance(signatureAlgorithm(key.getAlgorithm()));
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(probe);
            pair = signature.verify(signed);
        } catch (GeneralSecurityException ignored) {
            pair = false;
        }
        if (!pair) {
            throw new IOException(keyFile + ": not the key of the first certificate in " + certificateFile);
        }
    }

    private static String signatureAlgorithm(String keyAlgorithm) {
        return switch (keyAlgorithm) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> keyAlgorithm;
        };
    }

    private static void warnIfNotValid(X509Certificate certificate, Path file) {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            LOG.warn(
                    "{}: the certificate ended on {}",
                    file,
                    certificate.getNotAfter().toInstant());
        } catch (CertificateNotYetValidException e) {
            LOG.warn(
                    "{}: the certificate begins on {}",
                    file,
                    certificate.getNotBefore().toInstant());
        }
    }
}
