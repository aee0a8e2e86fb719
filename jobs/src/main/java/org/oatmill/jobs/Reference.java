package org.oatmill.jobs;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.Methods;
import org.oatmill.core.Required;
import org.oatmill.core.Table;

/**
 * Every option that a run file may have: key, type, default, unit and meaning, read off the records
 * that run files are bound to, so it cannot be out of date.
 */
public final class Reference {
    /** Choices longer than this stand behind the meaning, where they push nothing aside. */
    private static final int WIDE = 48;

    private Reference() {}

    /** What stands beside the stages, and in every stage. */
    public static String ofFile() {
        StringBuilder out = new StringBuilder("A run file is HOCON: these keys, and a block of named stages.\n\n");
        TextTable table = header();
        rows(table, "", RunFile.Head.class, RunFile.head("the file's name"));
        table.row("stages", "a block of stages", "required", "the steps of the run, in any order");
        out.append(table.print("  "));
        return out.append("\nEvery stage has\n\n")
                .append(header().row("job", "a job's name", "required", "what it does")
                        .row(
                                "input",
                                "a stage or a path",
                                "",
                                "what it reads; a block role = stage or path, where the job reads several")
                        .row("seed_name", "text", "the stage's name", "stages with one seed_name share their chance")
                        .row(
                                "seeds",
                                "a list of whole numbers",
                                "",
                                "makes the stage and all below it once per value, with seed + value")
                        .print("  "))
                .toString();
    }

    /** A job: what it reads and writes, its options, and the methods they may name. */
    public static String of(Job<?> job) {
        StringBuilder out =
                new StringBuilder(job.name()).append(": ").append(job.purpose()).append('\n');
        String reads = job.reads().stream()
                .map(role -> role.name() + " (holds " + role.table().name()
                        + (role.required() ? "" : "; may be left out") + ")")
                .collect(Collectors.joining(", "));
        out.append("  reads   ").append(reads.isEmpty() ? "no stage" : reads).append('\n');
        out.append("  writes  ")
                .append(Stream.concat(
                                job.writes().stream().map(Table::name),
                                job.mayWrite().stream().map(table -> table.name() + " (under some settings)"))
                        .collect(Collectors.joining(", ")))
                .append("\n\n");
        out.append(options(job.typical(), "  "));
        for (Methods<?> methods : tables(job.typical().getClass())) {
            methods.rows().forEach((name, typical) -> {
                out.append('\n').append("  ").append(name);
                Describe describe = typical.getClass().getAnnotation(Describe.class);
                out.append(describe == null ? "" : ": " + describe.value()).append('\n');
                out.append(options(typical, "    "));
            });
        }
        return out.toString();
    }

    /** The tables of methods that a record's components may be bound from, and those of these methods, in order. */
    static Set<Methods<?>> tables(Class<?> record) {
        Set<Methods<?>> found = new LinkedHashSet<>();
        collect(record, found);
        return found;
    }

    private static void collect(Type type, Set<Methods<?>> found) {
        if (type instanceof ParameterizedType generic) {
            List.of(generic.getActualTypeArguments()).forEach(of -> collect(of, found));
        } else if (type instanceof Class<?> raw && raw.isRecord()) {
            for (RecordComponent component : raw.getRecordComponents()) {
                collect(component.getGenericType(), found);
            }
        } else if (type instanceof Class<?> raw) {
            Methods.declaredBy(raw)
                    .filter(found::add)
                    .ifPresent(table -> table.rows().values().forEach(method -> collect(method.getClass(), found)));
        }
    }

    private static String options(Object typical, String indent) {
        if (typical.getClass().getRecordComponents().length == 0) {
            return "";
        }
        TextTable table = header();
        rows(table, "", typical.getClass(), typical);
        return table.print(indent);
    }

    private static TextTable header() {
        return new TextTable("key", "type", "default", "meaning");
    }

    private static void rows(TextTable table, String prefix, Class<?> type, @Nullable Object typical) {
        for (RecordComponent component : type.getRecordComponents()) {
            Object value = typical == null ? null : Binding.value(typical, component);
            String key = prefix + Json.key(component);
            Describe describe = component.getAnnotation(Describe.class);
            String meaning = describe == null
                    ? ""
                    : describe.value() + (describe.unit().isEmpty() ? "" : " [" + describe.unit() + "]");
            boolean block = component.getType().isRecord();
            String choices = Binding.expected(component.getGenericType());
            if (!block && choices.length() > WIDE) {
                meaning = meaning + (meaning.isEmpty() ? "" : "; ") + choices;
            }
            table.row(
                    key,
                    block ? "a block" : choices.length() > WIDE ? "a word" : choices,
                    component.isAnnotationPresent(Required.class)
                            ? "required"
                            : block ? "" : value == null ? "none" : standard(value),
                    meaning);
            if (block) {
                rows(table, key + ".", component.getType(), value);
            }
        }
    }

    /** A method's own options stand in its own table, so its name is enough here. */
    private static String standard(Object value) {
        if (value instanceof Record method) {
            return String.valueOf(Hocon.fields(method).get("name"));
        }
        if (value instanceof Collection<?> values && values.stream().anyMatch(Record.class::isInstance)) {
            return values.stream()
                    .map(v -> v instanceof Record ? standard(v) : Hocon.inline(v))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return Hocon.inline(value);
    }
}
