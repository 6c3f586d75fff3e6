package org.apache.spark.sql.localworkspace

import org.apache.spark.sql.{Row, SparkSession}
import org.apache.spark.sql.catalyst.analysis.ResolvedNamespace
import org.apache.spark.sql.catalyst.catalog.CatalogDatabase
import org.apache.spark.sql.catalyst.expressions.{Attribute, AttributeReference, Expression}
import org.apache.spark.sql.catalyst.plans.logical._
import org.apache.spark.sql.catalyst.util.StringUtils
import org.apache.spark.sql.classic.ClassicConversions._
import org.apache.spark.sql.classic.Dataset
import org.apache.spark.sql.execution.command.{LeafRunnableCommand, UnaryRunnableCommand}
import org.apache.spark.sql.types.StringType

private object Current {
  private def set(session: SparkSession, database: String): Unit = {
    val manager = session.sessionState.catalogManager
    manager.setCurrentCatalog(Names.SessionCatalog)
    manager.setCurrentNamespace(Array(database))
    Names.split(database).foreach { case (catalog, _) =>
      session.sessionState.conf.setConfString(Names.CurrentCatalog.key, catalog)
    }
  }

  /** Make a schema and its catalog the current ones; every catalog has a schema `default`, as on Databricks. */
  def use(session: SparkSession, database: String): Unit = {
    if (Names.split(database).exists(_._2 == "default")) {
      val catalog = session.sessionState.catalog
      val default = CatalogDatabase(database, "", catalog.getDefaultDBPath(database), Map.empty)
      catalog.createDatabase(default, ignoreIfExists = true)
    }
    set(session, database)
  }

  def useCatalog(session: SparkSession, catalog: String): Unit = use(session, Names.database(catalog, "default"))

  /** The schemas of a catalog that match a LIKE pattern. */
  def schemas(session: SparkSession, catalog: String, pattern: Option[String]): Seq[String] = {
    Names.requireCatalog(catalog)
    val all = session.sessionState.catalog.listDatabases().flatMap(Names.split(_)).collect {
      case (found, schema) if found == Names.lower(catalog) => schema
    }
    pattern.fold(all)(StringUtils.filterPattern(all, _)).sorted
  }
}

/** USE s, USE c.s, USE SCHEMA s. */
case class UseSchema(child: LogicalPlan) extends UnaryRunnableCommand {
  override def output: Seq[Attribute] = Nil
  override def run(session: SparkSession): Seq[Row] = {
    child match { case ResolvedNamespace(_, Seq(database), _) => Current.use(session, database) }
    Nil
  }
  override protected def withNewChildInternal(newChild: LogicalPlan): UseSchema = copy(child = newChild)
}

/** USE CATALOG c, SET CATALOG c. */
case class UseCatalog(name: Expression) extends LeafRunnableCommand {
  override def output: Seq[Attribute] = Nil
  override def run(session: SparkSession): Seq[Row] = {
    Current.useCatalog(session, String.valueOf(name.eval()))
    Nil
  }
}

/** SHOW CATALOGS: those of the workspace, or where it keeps no list, those that have a schema. */
case class ShowCatalogs(pattern: Option[String]) extends LeafRunnableCommand {
  override val output: Seq[Attribute] = Seq(AttributeReference("catalog", StringType, nullable = false)())
  override def run(session: SparkSession): Seq[Row] = {
    val all = Names.catalogs.getOrElse(
      session.sessionState.catalog.listDatabases().flatMap(Names.split(_)).map(_._1).distinct.sorted)
    pattern.fold(all)(StringUtils.filterPattern(all, _)).map(Row(_))
  }
}

/** SHOW SCHEMAS [IN c]. */
case class ShowSchemas(catalog: Option[Expression], pattern: Option[String]) extends LeafRunnableCommand {
  override val output: Seq[Attribute] = Seq(AttributeReference("databaseName", StringType, nullable = false)())
  override def run(session: SparkSession): Seq[Row] = catalog.map(_.eval().toString).orElse(Names.currentCatalog) match {
    case Some(name) => Current.schemas(session, name, pattern).map(Row(_))
    case None => session.sessionState.catalog.listDatabases().filter(Names.split(_).isEmpty).map(Row(_))
  }
}

/** Runs a SHOW, DESCRIBE or EXPLAIN and gives its rows with the workspace's names. */
case class WithLogicalNames(inner: LogicalPlan, override val output: Seq[Attribute]) extends LeafRunnableCommand {
  private val schemaColumns = Set("namespace", "database")
  private val schemaRows = Set("Database", "Namespace", "Namespace Name")
  private val catalogRows = Set("Catalog", "Catalog Name")

  override def run(session: SparkSession): Seq[Row] = {
    val rows = Dataset.ofRows(session, inner).collect().toSeq.map(_.toSeq)
    val labelled = rows.exists { case Seq(label: String, _*) => catalogRows(label); case _ => false }
    if (labelled) describe(rows) else rows.map(row => Row.fromSeq(row.zip(output.map(_.name)).map(cell(row, _))))
  }

  private def cell(row: Seq[Any], cell: (Any, String)): Any = cell match {
    case (database: String, column) if schemaColumns(column) => schemaOnly(database)
    case (Names.SessionCatalog, "catalog") => row.collectFirst(catalogOf).getOrElse(Names.SessionCatalog)
    case (text: String, _) => Names.logicalText(text)
    case (value, _) => value
  }

  /** DESCRIBE gives names in rows of a label and a value. */
  private def describe(rows: Seq[Seq[Any]]): Seq[Row] = {
    val catalog = rows.collectFirst { case Seq(label: String, database, _*) if schemaRows(label) => database }
      .collect(catalogOf)
    rows.map {
      case Seq(label: String, database: String, rest @ _*) if schemaRows(label) => label +: schemaOnly(database) +: rest
      case Seq(label: String, value, rest @ _*) if catalogRows(label) => label +: catalog.getOrElse(value) +: rest
      case row => row.map { case text: String => Names.logicalText(text); case value => value }
    }.map(Row.fromSeq)
  }

  private val catalogOf: PartialFunction[Any, String] = {
    case database: String if Names.split(database).isDefined => Names.split(database).get._1
  }
  private def schemaOnly(database: String): String = Names.split(database).fold(database)(_._2)
}

object WithLogicalNames {
  /** `columns`: the names of the result, for a statement that knows its own only when it is resolved. */
  def of(inner: LogicalPlan, columns: Seq[String] = Nil): WithLogicalNames = WithLogicalNames(inner, inner match {
    case _ if columns.nonEmpty => columns.map(AttributeReference(_, StringType)())
    case _ => inner.output.map {
      // Databricks calls the schema's column of SHOW TABLES and SHOW VIEWS so (its documentation, 2026-11-23).
      case a: AttributeReference if a.name == "namespace" && inner.output.size > 2 => a.withName("database")
      case a => a
    }
  })
}
