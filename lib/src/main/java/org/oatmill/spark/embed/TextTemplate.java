package org.oatmill.spark.embed;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.UserException;

/**
 * Which text of a document is embedded: {@code {text}} stands for its text, any other name in braces
 * for one of its fields.
 */
public record TextTemplate(String template) {
    private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_.-]*)}");

    /** The columns {@code id, text} of a table of documents; a document without one of the fields is refused. */
    public Dataset<Row> of(Dataset<Row> documents) {
        List<Column> parts = new ArrayList<>();
        Matcher places = FIELD.matcher(template);
        int end = 0;
        while (places.find()) {
            parts.add(lit(template.substring(end, places.start())));
            parts.add(
                    places.group(1).equals(Columns.TEXT.name())
                            ? col(Columns.TEXT.name())
                            : element_at(col(Columns.FIELDS.name()), places.group(1)));
            end = places.end();
        }
        if (end == 0) {
            throw new UserException(
                    "Cannot embed: template = " + template + ", expected at least one {text} or {field}");
        }
        parts.add(lit(template.substring(end)));
        Dataset<Row> texts = documents.select(
                col(Columns.ID.name()), concat(parts.toArray(new Column[0])).as(Columns.TEXT.name()));
        List<Row> without = texts.where(col(Columns.TEXT.name()).isNull())
                .orderBy(Columns.ID.name())
                .limit(1)
                .collectAsList();
        if (!without.isEmpty()) {
            throw new UserException("Cannot embed: template = " + template + ", expected fields that every row has;"
                    + " row id = " + without.get(0).getString(0) + " lacks one");
        }
        return texts;
    }
}
