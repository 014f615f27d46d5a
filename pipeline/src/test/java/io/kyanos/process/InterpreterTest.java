package io.kyanos.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InterpreterTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "python3.11 | python3 /srv/shop/app.py --port 80            | app.py",
                "python3.11 | python3 ./app                                 | app",
                "python3.11 | python3 -m http.server 8000                   | http.server",
                "python3.11 | python3 -um http.server 8000                  | http.server",
                "python3.11 | python3 -mhttp.server                         | http.server",
                "python3.11 | python3 -X dev -W error -B app.py             | app.py",
                "python3.11 | python3 -Xdev -Werror -uB app.py              | app.py",
                "python3.11 | python3 --check-hash-based-pycs never app.py  | app.py",
                "python3.11 | /usr/bin/python3 /usr/bin/gunicorn shop:app   | gunicorn",
                "python3.11 | any-name app.py                               | app.py",
                "pypy3.9    | pypy3 -- app.py                               | app.py",
                "node       | node server.js                                | server.js",
                "node       | node --require ./trace -r x /srv/shop/server.mjs | server.mjs",
                "node       | node --max-old-space-size=4096 --inspect=0 bin/www | www",
                "node       | node --no-warnings --enable-source-maps bin/www | www",
                "node       | /usr/bin/node /usr/lib/node_modules/npm/bin/npm-cli.js start | npm-cli.js",
                "ruby3.1    | ruby -I lib -rbundler/setup -W0 bin/rails server | rails",
                "perl       | perl -w -I/opt/lib -MCarp shop.pl              | shop.pl",
                "perl       | perl -I lib -T shop                            | shop",
                "php8.2     | php -d display_errors=0 artisan serve          | artisan",
                "php8.2     | php -f worker.php x                            | worker.php",
                "php8.2     | php -S 127.0.0.1:80 -t public router.php       | router.php",
                "bash       | bash -euo pipefail /opt/run.sh x               | run.sh",
                "bash       | bash --norc +x -O extglob run                  | run",
                "dash       | sh run.sh                                      | run.sh",
            })
    void findsTheScriptOrModule(String program, String line, String name) {
        assertThat(nameOf(program, line)).contains(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "python3.11 | python3",
                "python3.11 | python3 -",
                "python3.11 | python3 -c import(s3cret) app.py",
                "python3.11 | python3 -Bc import(s3cret) app.py",
                "python3.11 | python3 -m",
                "python3.11 | python3 -m s3cret/thing",
                "python3.11 | python3 --later-option s3cret",
                "python3.11 | python3 /dev/fd/63",
                "node       | node -e console.log() a.js",
                "node       | node -pe 1 a.js",
                "node       | node --eval=1 a.js",
                "node       | node --later-option s3cret",
                "ruby3.1    | ruby -e puts app.rb",
                "perl       | perl -ne print app.pl",
                "php8.2     | php -r echo app.php",
                "php8.2     | php -S 127.0.0.1:80",
                "bash       | bash -c s3cret run.sh",
                "bash       | -bash",
                "bash       | bash -s run.sh",
            })
    void findsNothingWhereThereIsNoScript(String program, String line) {
        assertThat(nameOf(program, line)).isEmpty();
    }

    @Test
    void takesAFileOfTheLanguageAfterAnUnknownOption() {
        assertThat(nameOf("node", "node --later-option server.js")).contains("server.js");
        assertThat(nameOf("node", "node --later-option s3cret server.js")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gunicorn: master [shop]",
                "puma 6.4.2 (tcp://0.0.0.0:3000) [shop]",
                "npm start",
                "shop worker: idle /srv/app.py",
            })
    void readsNothingFromATitle(String title) {
        for (Interpreter interpreter : Interpreter.ALL) {
            assertThat(interpreter.nameOf(List.of(title))).isEmpty();
            assertThat(interpreter.nameOf(List.of(title, "", "", "left.py"))).isEmpty();
        }
    }

    @Test
    void blanksInTheInterpretersPathAreNoTitle() {
        assertThat(Interpreter.PYTHON.nameOf(List.of("/opt/my shop/bin/python3", "my app.py")))
                .contains("my app.py");
    }

    @Test
    void knowsWhatRunsScripts() {
        assertThat(Interpreter.of("python3.11", "python3")).contains(Interpreter.PYTHON);
        assertThat(Interpreter.of("busybox", "sh")).contains(Interpreter.SHELL);
        assertThat(Interpreter.of("php-fpm8.2", "php-fpm8.2")).isEmpty();
        assertThat(Interpreter.of("nginx", "nginx")).isEmpty();
        assertThat(Interpreter.of("postgres", "")).isEmpty();
        assertThat(Interpreter.of("", "")).isEmpty();
    }

    private static Optional<String> nameOf(String program, String line) {
        return Interpreter.of(program.strip(), "")
                .orElseThrow()
                .nameOf(List.of(line.strip().split(" ")));
    }
}
