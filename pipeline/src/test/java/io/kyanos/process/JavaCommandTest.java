package io.kyanos.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JavaCommandTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "java com.acme.shop.Server --port 80                     | Server",
                "java Server                                             | Server",
                "java com/acme/shop/Server                               | Server",
                "java com.acme.Shop$Server                               | Shop$Server",
                "/usr/lib/jvm/17/bin/java -Xmx1g -Dkey=com.acme.Other -cp a.jar:b.jar com.acme.Shop | Shop",
                "java -classpath a.jar:b.jar com.acme.Shop -cp other     | Shop",
                "java --class-path a.jar com.acme.Shop                   | Shop",
                "java --class-path=a.jar com.acme.Shop                   | Shop",
                "java -jar /srv/shop/shop-1.2.jar start                  | shop-1.2.jar",
                "java -jar -Xmx1g -Dsecret=s3cret shop.jar               | shop.jar",
                "java -javaagent:/opt/agent.jar=a,b -jar shop.jar        | shop.jar",
                "java -p mods -m com.acme.shop/com.acme.shop.Main x      | Main",
                "java --module-path mods --module com.acme.shop/com.acme.shop.Main | Main",
                "java --module=com.acme.shop/com.acme.shop.Main          | Main",
                "java -m jdk.httpserver -p 8080                          | jdk.httpserver",
                "java --add-opens java.base/java.lang=ALL-UNNAMED --add-modules a.b com.acme.Shop | Shop",
                "java --add-opens=java.base/java.lang=ALL-UNNAMED com.acme.Shop | Shop",
                "java --enable-native-access ALL-UNNAMED com.acme.Shop   | Shop",
                "java --enable-preview --source 17 src/Shop.java         | Shop.java",
                "java -XX:+UseSerialGC -XX:OnError=ls -ea:com.acme... -verbose:gc com.acme.Shop | Shop",
            })
    void findsWhatIsRun(String line, String name) {
        assertThat(JavaCommand.nameOf(List.of(line.split(" +")))).contains(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "java @options com.acme.Shop            | Shop",
                "java @options -jar shop.jar            | shop.jar",
                "java @options -m a.b/a.b.Shop          | Shop",
                "java --later-option value com.acme.Shop| ''",
                "java --later-option com.acme.Shop      | Shop",
                "java @all --port s3cret                | ''",
                "java @all s3cret                       | ''",
                "java @all start                        | ''",
                "java @all com.acme.settings            | ''",
                "java @all -jar s3cret                  | ''",
            })
    void takesNoArgumentForTheMainClassThatMayBeInAFile(String line, String name) {
        assertThat(JavaCommand.nameOf(List.of(line.split(" +"))).orElse("")).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java",
                "java -version",
                "java --list-modules com.acme.Shop",
                "java -cp",
                "java -cp a.jar",
                "java -jar",
                "java -m",
                "java --module= x",
                "java -d java.base",
                "java not-a-class",
                "java pass:word",
            })
    void findsNothingWhereNothingIsRun(String line) {
        assertThat(JavaCommand.nameOf(List.of(line.split(" ")))).isEmpty();
    }
}
