package io.kyanos.cli.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.kyanos.capture.HookResult;
import io.kyanos.capture.StepResult;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** A diagnosis for programs: one JSON object, described in docs/doctor.md. */
public final class JsonReport {

    /** Rises when something that was there changes its meaning or goes; additions do not count. */
    static final int FORMAT = 1;

    private static final JsonFactory JSON = new JsonFactory();

    private JsonReport() {}

    /** Writes it, and the line's end, to {@code out}. */
    public static void write(Diagnosis diagnosis, String version, OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeStringField("version", version);
            json.writeStringField("status", diagnosis.status().label());
            json.writeNumberField("exit_code", diagnosis.exitCode());
            json.writeStringField("transport", diagnosis.transport().label());
            json.writeArrayFieldStart("capabilities_needed");
            for (String capability : PrivilegeChecks.names(diagnosis.needed())) {
                json.writeString(capability);
            }
            json.writeEndArray();
            checks(json, diagnosis.checks());
            json.writeArrayFieldStart("hooks");
            for (StepResult step : diagnosis.steps()) {
                for (HookResult hook : step.hooks()) {
                    hook(json, step, hook);
                }
            }
            json.writeEndArray();
            json.writeArrayFieldStart("processes");
            for (ProcessDiagnosis process : diagnosis.processes()) {
                json.writeStartObject();
                json.writeNumberField("pid", process.pid());
                json.writeStringField("name", process.name());
                json.writeStringField("status", process.seen().label());
                json.writeStringField("summary", process.summary());
                checks(json, process.checks());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void checks(JsonGenerator json, List<Check> checks) throws IOException {
        json.writeArrayFieldStart("checks");
        for (Check check : checks) {
            json.writeStartObject();
            json.writeStringField("group", check.group());
            json.writeStringField("name", check.name());
            json.writeStringField("status", check.status().label());
            json.writeStringField("finding", check.finding());
            json.writeStringField("advice", check.advice());
            json.writeObjectFieldStart("facts");
            for (Map.Entry<String, Object> fact : check.facts().entrySet()) {
                json.writeFieldName(fact.getKey());
                value(json, fact.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void value(JsonGenerator json, Object value) throws IOException {
        if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                json.writeString(element.toString());
            }
            json.writeEndArray();
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else {
            json.writeString(value.toString());
        }
    }

    private static void hook(JsonGenerator json, StepResult result, HookResult hook) throws IOException {
        json.writeStartObject();
        json.writeStringField("step", result.step().name());
        json.writeStringField("hook", hook.hook().place());
        json.writeStringField("program", hook.hook().program());
        json.writeStringField("object", result.step().family());
        json.writeBooleanField("essential", result.step().isEssential());
        json.writeStringField("status", Diagnosis.statusOf(result).label());
        json.writeStringField("outcome", hook.outcome().label());
        json.writeNumberField("errno", hook.errno());
        json.writeStringField("error", hook.error());
        json.writeStringField("lost", result.isTaken() ? "" : result.step().lost());
        json.writeStringField("advice", Advice.on(result));
        json.writeStringField("log", hook.log());
        json.writeEndObject();
    }
}
