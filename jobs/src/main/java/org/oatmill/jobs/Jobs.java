package org.oatmill.jobs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The jobs a run file can name: one row each. */
public final class Jobs {
    private Jobs() {}

    private static final List<Job<?>> ALL = List.of(
            new IngestJob(),
            new IngestVectorsJob(),
            new PlantJob(),
            new EmbedJob(),
            new SampleJob(),
            new RephraseJob(),
            new InfluenceJob(),
            new SelectJob(),
            new TuneJob(),
            new FineTuneJob(),
            new EvaluateJob(),
            new PretrainJob());

    /** By name, in the order of the pipeline. */
    public static final Map<String, Job<?>> JOBS = byName();

    private static Map<String, Job<?>> byName() {
        Map<String, Job<?>> jobs = new LinkedHashMap<>();
        ALL.forEach(job -> jobs.put(job.name(), job));
        return java.util.Collections.unmodifiableMap(jobs);
    }
}
