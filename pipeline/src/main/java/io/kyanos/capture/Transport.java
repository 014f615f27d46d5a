package io.kyanos.capture;

/** How events leave the kernel. */
public enum Transport {
    /** One BPF ring buffer per channel. */
    RING,
    /** A perf buffer per channel and processor, for kernels without ring buffers. */
    PERF;

    /** As in metrics and settings. */
    public String label() {
        return switch (this) {
            case RING -> "ring";
            case PERF -> "perf";
        };
    }
}
