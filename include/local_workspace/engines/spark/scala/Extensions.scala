package org.apache.spark.sql.localworkspace

import org.apache.spark.sql.{SparkSession, SparkSessionExtensions}
import org.apache.spark.sql.catalyst.expressions.{CurrentCatalog, CurrentDatabase, Literal}
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.catalyst.rules.Rule
import org.apache.spark.sql.classic

/** What the workspace adds to Spark; named in `spark.sql.extensions` after Delta's, so that it sees Delta's statements. */
class Extensions extends (SparkSessionExtensions => Unit) {
  override def apply(extensions: SparkSessionExtensions): Unit = {
    require(SketchMemory.ready, "the sketch library cannot be loaded")
    extensions.injectParser { (any, parser) =>
      val session = any.asInstanceOf[classic.SparkSession]
      LogicalCatalog.install(session)
      new ThreeLevelParser(session, parser)
    }
    extensions.injectPostHocResolutionRule(session => CurrentNames(session))
    extensions.injectQueryPostPlannerStrategyRule(_ => SmallScans)
  }
}

/** What must come before Delta's rules; named in `spark.sql.extensions` ahead of Delta's. */
class EarlyExtensions extends (SparkSessionExtensions => Unit) {
  override def apply(extensions: SparkSessionExtensions): Unit = extensions.injectPreCBORule(new ListedScans(_))
}

/** current_catalog() and current_schema() answer with the workspace's names. */
case class CurrentNames(session: SparkSession) extends Rule[LogicalPlan] {
  private def database =
    session.asInstanceOf[classic.SparkSession].sessionState.catalogManager.currentNamespace.mkString(".")

  override def apply(plan: LogicalPlan): LogicalPlan = plan.transformAllExpressions {
    case _: CurrentCatalog => Literal(Names.currentCatalog.getOrElse(Names.SessionCatalog))
    case _: CurrentDatabase => Literal(Names.split(database).fold(database)(_._2))
  }
}
