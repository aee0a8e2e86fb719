package org.oatmill.spark.model;

import org.apache.spark.api.java.JavaRDD;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.spark.rows.SortedGroups;

/** The {@link BatchPlan} of a data set too large for one machine: the same batches, in no order. */
public final class Batches {
    private Batches() {}

    /** Cuts rows; their order and partitions do not matter, their ids must differ. Reads them three times. */
    public static JavaRDD<Batch> of(JavaRDD<Example> rows) {
        return SortedGroups.of(rows, new ByBucket())
                .values()
                .map(group -> new Batch(group, BatchPlan.bucket(group.get(0))));
    }

    private static final class ByBucket implements SortedGroups.Order<Example> {
        private static final long serialVersionUID = 1L;

        @Override
        public String id(Example row) {
            return row.id();
        }

        @Override
        public int section(Example row) {
            return BatchPlan.bucket(row);
        }

        @Override
        public int size(int section) {
            return BatchPlan.rows(section);
        }
    }
}
