package org.oatmill.core;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table of an artifact: its name and its columns, in the order in which they are written.
 *
 * @param name directory of its Parquet files, under {@code tables/}
 * @param columns its columns
 */
public record Table(String name, List<Column> columns) {

    public Table {
        columns = List.copyOf(columns);
    }

    static Table of(String name, Column... columns) {
        return new Table(name, Arrays.asList(columns));
    }

    /** As Spark SQL's DDL: {@code id STRING NOT NULL, ...}. */
    public String ddl() {
        return columns.stream()
                .map(c -> c.name() + " " + c.type() + (c.nullable() ? "" : " NOT NULL"))
                .collect(Collectors.joining(", "));
    }
}
