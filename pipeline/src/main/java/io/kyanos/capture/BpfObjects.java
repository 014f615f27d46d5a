package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.KernelVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** The BPF objects that this build carries for this machine. */
final class BpfObjects {

    private static final String ROOT = "/META-INF/bpf/";

    private BpfObjects() {}

    /** Opens the object of a family in the form for this kernel, not yet loaded. */
    static BpfObject open(Family family) {
        return open(family.name(), family.file(KernelVersion.parse(System.getProperty("os.version", ""))));
    }

    /** Opens an object file, named by its family. */
    static BpfObject open(String family, String file) {
        String architecture = architecture(System.getProperty("os.arch", ""));
        String path = ROOT + architecture + "/" + file + ".bpf.o";
        try (InputStream in = BpfObjects.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new BpfException(
                        "find " + path + ": not in this build. Hint: kyanos runs on x86_64 and aarch64", 0, "");
            }
            return BpfObject.open(in.readAllBytes(), family);
        } catch (IOException e) {
            throw new BpfException("read " + path + ": " + e.getMessage(), 0, "");
        }
    }

    private static String architecture(String osArch) {
        return switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "x86";
            case "aarch64" -> "arm64";
            default -> osArch;
        };
    }
}
