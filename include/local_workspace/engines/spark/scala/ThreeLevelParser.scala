package org.apache.spark.sql.localworkspace

import org.apache.spark.sql.catalyst.{FunctionIdentifier, TableIdentifier}
import org.apache.spark.sql.catalyst.expressions.Expression
import org.apache.spark.sql.catalyst.parser.{ParameterContext, ParameterHandler, ParseException, ParserInterface}
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.classic.{Dataset, SparkSession}
import org.apache.spark.sql.types.{DataType, StructType}

/** Reads SQL with Delta's parser, then puts Spark's names in the place of three-level ones. */
class ThreeLevelParser(session: SparkSession, delegate: ParserInterface) extends ParserInterface {
  private val Start = "spark.workspace.start"
  // Spark's grammar has SET CATALOG, Databricks' has USE CATALOG as well.
  private val UseCatalogText = """(?is)((?:\s|--[^\n]*\n|/\*.*?\*/)*)USE\s+CATALOG\s+(.*)""".r

  private def text(sql: String): String = sql match {
    case UseCatalogText(comments, name) => s"${comments}SET CATALOG $name"
    case _ => sql
  }

  // Delta 4.4.0's parser drops the parameters that Spark 4.2 hands it (seen 2026-11-23), so they are put in before.
  // Statements of Delta's own grammar are none of Spark's: there the text stays, and Delta says what it thinks of it.
  private def substituted(sql: String, parameters: ParameterContext): String =
    try ParameterHandler.substituteParameters(sql, parameters)._1 catch { case _: ParseException => sql }

  /** Run the USE statement that a client left in the settings, before the next one is read. */
  private def start(): Unit = {
    val settings = session.sessionState.conf
    Option(settings.getConfString(Start, null)).foreach { use =>
      settings.unsetConf(Start)
      Dataset.ofRows(session, plan(text(use)))
    }
  }

  private def plan(sql: String): LogicalPlan = new PlanRewriter()(delegate.parsePlan(sql))

  override def parsePlan(sql: String): LogicalPlan = {
    start()
    plan(text(sql))
  }
  override def parsePlanWithParameters(sql: String, parameters: ParameterContext): LogicalPlan = {
    start()
    plan(substituted(text(sql), parameters))
  }
  override def parseQuery(sql: String): LogicalPlan = new PlanRewriter()(delegate.parseQuery(sql))
  override def parseExpression(sql: String): Expression = new PlanRewriter()(delegate.parseExpression(sql))

  override def parseTableIdentifier(sql: String): TableIdentifier = parseMultipartIdentifier(sql) match {
    case Seq(catalog, schema, name) => TableIdentifier(name, Some(schema), Some(catalog))
    case _ => delegate.parseTableIdentifier(sql)
  }
  override def parseFunctionIdentifier(sql: String): FunctionIdentifier =
    Names.function(delegate.parseMultipartIdentifier(sql)) match {
      case Seq(catalog, schema, name) => FunctionIdentifier(name, Some(schema), Some(catalog))
      case _ => delegate.parseFunctionIdentifier(sql)
    }
  override def parseMultipartIdentifier(sql: String): Seq[String] =
    Names.relation(delegate.parseMultipartIdentifier(sql))

  /** The parts of a name as it was written. */
  def parts(name: String): Seq[String] = delegate.parseMultipartIdentifier(name)

  override def parseTableSchema(sql: String): StructType = delegate.parseTableSchema(sql)
  override def parseDataType(sql: String): DataType = delegate.parseDataType(sql)
  override def parseRoutineParam(sql: String): StructType = delegate.parseRoutineParam(sql)
}
