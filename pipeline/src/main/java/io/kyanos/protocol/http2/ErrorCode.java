package io.kyanos.protocol.http2;

import io.kyanos.record.Outcome;

/** Why a stream was reset. */
// https://www.rfc-editor.org/rfc/rfc9113#section-7
enum ErrorCode {
    NO_ERROR(Outcome.OK),
    PROTOCOL_ERROR(Outcome.CLIENT_ERROR),
    INTERNAL_ERROR(Outcome.SERVER_ERROR),
    FLOW_CONTROL_ERROR(Outcome.CLIENT_ERROR),
    SETTINGS_TIMEOUT(Outcome.CLIENT_ERROR),
    STREAM_CLOSED(Outcome.CLIENT_ERROR),
    FRAME_SIZE_ERROR(Outcome.CLIENT_ERROR),
    REFUSED_STREAM(Outcome.SERVER_ERROR),
    CANCEL(Outcome.CLIENT_ERROR),
    COMPRESSION_ERROR(Outcome.CLIENT_ERROR),
    CONNECT_ERROR(Outcome.SERVER_ERROR),
    ENHANCE_YOUR_CALM(Outcome.CLIENT_ERROR),
    INADEQUATE_SECURITY(Outcome.CLIENT_ERROR),
    HTTP_1_1_REQUIRED(Outcome.CLIENT_ERROR),
    /** A code that has no name. */
    UNKNOWN_ERROR(Outcome.ERROR);

    /** Those that have numbers, from 0 on. */
    private static final ErrorCode[] BY_NUMBER = {
        NO_ERROR,
        PROTOCOL_ERROR,
        INTERNAL_ERROR,
        FLOW_CONTROL_ERROR,
        SETTINGS_TIMEOUT,
        STREAM_CLOSED,
        FRAME_SIZE_ERROR,
        REFUSED_STREAM,
        CANCEL,
        COMPRESSION_ERROR,
        CONNECT_ERROR,
        ENHANCE_YOUR_CALM,
        INADEQUATE_SECURITY,
        HTTP_1_1_REQUIRED
    };

    private final Outcome outcome;

    ErrorCode(Outcome outcome) {
        this.outcome = outcome;
    }

    static ErrorCode of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : UNKNOWN_ERROR;
    }

    Outcome outcome() {
        return outcome;
    }
}
