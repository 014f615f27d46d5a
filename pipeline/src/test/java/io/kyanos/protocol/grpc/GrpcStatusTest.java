package io.kyanos.protocol.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Outcome;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcStatusTest {

    @ParameterizedTest
    @CsvSource({
        "0, OK",
        "1, CANCELLED",
        "2, UNKNOWN",
        "3, INVALID_ARGUMENT",
        "4, DEADLINE_EXCEEDED",
        "5, NOT_FOUND",
        "6, ALREADY_EXISTS",
        "7, PERMISSION_DENIED",
        "8, RESOURCE_EXHAUSTED",
        "9, FAILED_PRECONDITION",
        "10, ABORTED",
        "11, OUT_OF_RANGE",
        "12, UNIMPLEMENTED",
        "13, INTERNAL",
        "14, UNAVAILABLE",
        "15, DATA_LOSS",
        "16, UNAUTHENTICATED",
        "17, OTHER",
        "99, OTHER",
        "999999999, OTHER",
    })
    void isNamedByItsNumber(String number, GrpcStatus status) {
        assertThat(GrpcStatus.of(ByteView.of(number), 0, number.length())).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "x", "1x", "OK", "9999999999"})
    void isNoneOfWhatIsNoNumber(String text) {
        assertThat(GrpcStatus.of(ByteView.of(text), 0, text.length())).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "400, INTERNAL",
        "401, UNAUTHENTICATED",
        "403, PERMISSION_DENIED",
        "404, UNIMPLEMENTED",
        "429, UNAVAILABLE",
        "502, UNAVAILABLE",
        "503, UNAVAILABLE",
        "504, UNAVAILABLE",
        "500, UNKNOWN",
        "302, UNKNOWN",
        "200, UNKNOWN",
    })
    void isThatOfHttpWhereThereIsNoOther(int code, GrpcStatus status) {
        assertThat(GrpcStatus.ofHttp(code)).isEqualTo(status);
    }

    @Test
    void isAnErrorOfTheServerForSixNamesAlone() {
        assertThat(Arrays.stream(GrpcStatus.values()).filter(status -> status.outcome() == Outcome.SERVER_ERROR))
                .containsExactly(
                        GrpcStatus.UNKNOWN,
                        GrpcStatus.DEADLINE_EXCEEDED,
                        GrpcStatus.UNIMPLEMENTED,
                        GrpcStatus.INTERNAL,
                        GrpcStatus.UNAVAILABLE,
                        GrpcStatus.DATA_LOSS);
        assertThat(Arrays.stream(GrpcStatus.values()).filter(status -> status.outcome() == Outcome.OK))
                .containsExactly(GrpcStatus.OK);
        assertThat(Arrays.stream(GrpcStatus.values()).filter(status -> status.outcome() == Outcome.ERROR))
                .containsExactly(GrpcStatus.OTHER);
    }

    @ParameterizedTest
    @CsvSource({"canceled, CANCELLED", "not_found, NOT_FOUND", "unavailable, UNAVAILABLE", "ok,", "other,", "NOT_FOUND,"
    })
    void isKnownByConnectsWords(String word, GrpcStatus status) {
        assertThat(GrpcStatus.ofConnect(word)).isEqualTo(status);
    }
}
