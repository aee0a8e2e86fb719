/**
 * What a row is worth to a target set, and which rows deserve no trust: estimators of influence, their
 * cheap baselines, detectors of wrong labels, and the choice of rows by score.
 *
 * <p>An {@link org.oatmill.influence.InfluenceMethod} looks at {@link org.oatmill.influence.Evidence}
 * and gives every row one number; {@link org.oatmill.influence.InfluenceMethod#question} says which
 * question the number answers. A {@link org.oatmill.influence.RowSelection} keeps rows by such numbers.
 * Models are asked through {@link org.oatmill.influence.Measuring}, so all of it runs on a list and on a
 * cluster and gives the same bits.
 *
 * <p>Belongs here: estimators, detectors and selections in plain Java. Never: Spark, an engine, files.
 */
@NullMarked
package org.oatmill.influence;

import org.jspecify.annotations.NullMarked;
