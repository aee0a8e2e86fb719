package org.oatmill.jobs.sources;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** JSON as sources read it: strict, and numbers keep the digits they are written with. */
final class JsonText {
    static final String INVALID = "invalid JSON";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    private JsonText() {}

    static JsonNode parse(String text) throws NoDocument {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new NoDocument(INVALID);
        }
    }

    static ObjectNode object(String text) throws NoDocument {
        if (parse(text) instanceof ObjectNode object) {
            return object;
        }
        throw new NoDocument("no JSON object");
    }

    static ObjectNode empty() {
        return MAPPER.createObjectNode();
    }

    /**
     * Each row as a JSON object: what is missing is left out, time stamps are in UTC, whatever time zone the session has.
     */
    static Column of(Dataset<Row> rows) {
        Column[] columns = Arrays.stream(rows.columns())
                .map(name -> col("`" + name.replace("`", "``") + "`"))
                .toArray(Column[]::new);
        return to_json(struct(columns), Map.of("timeZone", "UTC"));
    }

    static String of(JsonNode node) {
        return node.toString();
    }
}
