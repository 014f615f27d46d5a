package io.kyanos.protocol.http;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Bodies as encoders of other makers write them. */
final class Coded {

    private Coded() {}

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] zlib(byte[] plain) {
        return deflate(plain, new Deflater());
    }

    static byte[] rawDeflate(byte[] plain) {
        return deflate(plain, new Deflater(Deflater.DEFAULT_COMPRESSION, true));
    }

    static byte[] brotli(byte[] plain) {
        return brotli(plain, 22);
    }

    static byte[] brotli(byte[] plain, int windowBits) {
        Brotli4jLoader.ensureAvailability();
        try {
            return Encoder.compress(plain, Encoder.Parameters.create(5, windowBits));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] zstd(byte[] plain) {
        return Zstd.compress(plain, 3);
    }

    private static byte[] deflate(byte[] plain, Deflater deflater) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, deflater)) {
            deflate.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }
}
