package org.oatmill.jobs;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.model.ModelSource;

/** How a job finds the model it is told: by name, unless an artifact of the job {@code pretrain} is given. */
interface ModelChoice {

    /** The models of users. */
    ModelChoice FILES = new ModelChoice() {
        @Override
        public ModelSource of(String name, Optional<Artifact> pretrained, SparkSession spark) {
            return pretrained
                    .map(artifact -> ModelFiles.of(artifact, spark))
                    .orElseGet(() -> ModelFiles.of(name, spark));
        }

        @Override
        public Map<String, String> external(String name, SparkSession spark) {
            return ModelFiles.of(name, spark).external();
        }
    };

    ModelSource of(String name, Optional<Artifact> pretrained, SparkSession spark);

    /** What a recipe says of the model of this name. */
    Map<String, String> external(String name, SparkSession spark);
}
