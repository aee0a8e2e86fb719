package org.oatmill.spark.rows;

import java.util.Iterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Rows of a partition, one after the other: nothing is computed before it is asked for. */
public final class Iterators {
    private Iterators() {}

    public static <T, R> Iterator<R> map(Iterator<T> rows, Function<T, R> to) {
        return flatMap(rows, row -> Stream.of(to.apply(row)));
    }

    public static <T, R> Iterator<R> flatMap(Iterator<T> rows, Function<T, Stream<R>> to) {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, 0), false)
                .flatMap(to)
                .iterator();
    }
}
