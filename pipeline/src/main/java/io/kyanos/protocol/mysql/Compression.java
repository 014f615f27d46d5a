package io.kyanos.protocol.mysql;

/** How the packets of a connection are compressed once its client has logged in. */
enum Compression {
    NONE(""),
    ZLIB("zlib"),
    ZSTD("zstd");

    private final String label;

    Compression(String label) {
        this.label = label;
    }

    /** Empty of none. */
    String label() {
        return label;
    }
}
