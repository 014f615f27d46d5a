package io.kyanos.protocol.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RpcTypeTest {

    @ParameterizedTest
    @CsvSource({
        "application/grpc, GRPC",
        "application/grpc+proto, GRPC",
        "application/grpc+json, GRPC",
        "application/grpc;charset=utf-8, GRPC",
        "application/grpc+proto ; v=1, GRPC",
        "Application/GRPC, GRPC",
        "application/grpc-web, GRPC_WEB",
        "application/grpc-web+proto, GRPC_WEB",
        "application/grpc-web-text, GRPC_WEB_TEXT",
        "application/grpc-web-text+proto, GRPC_WEB_TEXT",
        "application/connect+json, CONNECT_STREAM",
        "application/connect+proto, CONNECT_STREAM",
    })
    void isToldByTheTypeOfContent(String value, RpcType type) {
        assertThat(RpcType.of(ByteView.of(value))).isEqualTo(type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/",
                "application/json",
                "application/proto",
                "application/grpcx",
                "application/grpc-webby",
                "application/connect",
                "text/grpc",
                "grpc",
                "application/x-grpc",
            })
    void isNoneForAnyOtherType(String value) {
        assertThat(RpcType.of(ByteView.of(value))).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, true",
        "application/proto, true",
        "application/json; charset=utf-8, true",
        "application/jsonx, false",
        "text/json, false",
        "application/, false"
    })
    void mayBeConnectsForTwoTypes(String value, boolean expected) {
        assertThat(RpcType.mayBeConnect(ByteView.of(value))).isEqualTo(expected);
    }
}
