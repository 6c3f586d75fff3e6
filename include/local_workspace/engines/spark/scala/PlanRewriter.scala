package org.apache.spark.sql.localworkspace

import scala.collection.mutable

import org.apache.spark.sql.catalyst.TableIdentifier
import org.apache.spark.sql.catalyst.analysis._
import org.apache.spark.sql.catalyst.expressions._
import org.apache.spark.sql.catalyst.plans.logical._
import org.apache.spark.sql.catalyst.trees.{CurrentOrigin, TreeNode}
import org.apache.spark.sql.catalyst.util.toPrettySQL
import org.apache.spark.sql.delta.commands.DescribeDeltaDetailCommand
import org.apache.spark.sql.execution.command._

/**
 * Puts Spark's names in the place of the workspace's in one parsed statement.
 *
 * Plans hold other plans not only as children (the target of INSERT, the query of a view, the parts of WITH), so the
 * walk follows every constructor argument.
 */
class PlanRewriter {
  // The relations of the statement, as written and as Spark knows them, both lower case.
  private val relations = mutable.LinkedHashMap.empty[Seq[String], Seq[String]]

  def apply(plan: LogicalPlan): LogicalPlan = columns(names(plan)).asInstanceOf[LogicalPlan]
  def apply(expression: Expression): Expression = names(expression).asInstanceOf[Expression]

  private def names(value: Any): Any = value match {
    case show: ShowNamespacesCommand => ShowSchemas(catalogOf(show.child), show.pattern)
    case node: TreeNode[_] => mapped(walk(node, names))
    case TableIdentifier(table, Some(schema), catalog) =>
      Names.relation(catalog.toSeq ++ Seq(schema, table)) match {
        case Seq(c, s, t) => TableIdentifier(t, Some(s), Some(c))
        case _ => value
      }
    case other => descend(other, names)
  }

  private def mapped(node: Any): Any = node match {
    case u: UnresolvedRelation => u.copy(multipartIdentifier = relation(u.multipartIdentifier))
    case u: UnresolvedTable => u.copy(multipartIdentifier = relation(u.multipartIdentifier))
    case u: UnresolvedView => u.copy(multipartIdentifier = relation(u.multipartIdentifier))
    case u: UnresolvedTableOrView => u.copy(multipartIdentifier = relation(u.multipartIdentifier))
    case u: UnresolvedIdentifier => u.copy(nameParts = Names.relation(u.nameParts))
    case r: RenameTable => r.copy(newName = withoutCatalog(Names.relation(r.newName)))
    case u: UnresolvedNamespace => u.copy(multipartIdentifier = Names.namespace(u.multipartIdentifier))
    case u: UnresolvedFunctionName => u.copy(multipartIdentifier = Names.function(u.multipartIdentifier))
    case u: UnresolvedTableValuedFunction => u.copy(name = Names.function(u.name))
    case u: UnresolvedFunction => u.copy(nameParts = Names.function(u.nameParts))
    case p: PlanWithUnresolvedIdentifier =>
      p.copy(planBuilder = (parts, children) => new PlanRewriter().apply(p.planBuilder(parts, children)))
    case e: ExpressionWithUnresolvedIdentifier =>
      e.copy(exprBuilder = (parts, others) => new PlanRewriter().apply(e.exprBuilder(parts, others)))
    case use: SetCatalogAndNamespace => UseSchema(use.child)
    case use: SetNamespaceCommand => UseSchema(UnresolvedNamespace(Names.namespace(use.namespace)))
    case use: SetCatalogCommand => UseCatalog(catalogName(use.catalogNameExpr))
    case show: ShowCatalogsCommand => ShowCatalogs(show.pattern)
    case show: ShowTables => WithLogicalNames.of(show)
    case show: ShowViews => WithLogicalNames.of(show)
    case show: ShowTablesExtended => WithLogicalNames.of(show)
    case show: ShowFunctions => WithLogicalNames.of(show)
    case show: ShowCreateTable => WithLogicalNames.of(show)
    case describe: DescribeRelation => WithLogicalNames.of(describe)
    case describe: DescribeNamespace => WithLogicalNames.of(describe)
    case describe: DescribeFunction => WithLogicalNames.of(describe, columns = Seq("function_desc"))
    case describe: DescribeDeltaDetailCommand => WithLogicalNames.of(describe)
    case show: ShowCurrentNamespaceCommand => WithLogicalNames.of(show)
    case explain: ExplainCommand => WithLogicalNames.of(explain)
    case UnresolvedAlias(child, None) if callsOurs(child) =>
      UnresolvedAlias(child, Some(e => Names.logicalText(toPrettySQL(e))))
    case other => other
  }

  // The new name of a table is read inside its own catalog.
  private def withoutCatalog(parts: Seq[String]): Seq[String] =
    if (parts.head == Names.SessionCatalog) parts.tail else parts

  private def callsOurs(expression: Expression): Boolean = expression.exists {
    case f: UnresolvedFunction => f.nameParts.head == Names.SessionCatalog
    case _: ExpressionWithUnresolvedIdentifier => true
    case _ => false
  }

  private def catalogOf(namespace: LogicalPlan): Option[Expression] = namespace match {
    case UnresolvedNamespace(parts, _) => Option.when(parts.nonEmpty)(Literal(parts.mkString(".")))
    case p: PlanWithUnresolvedIdentifier => Some(p.identifierExpr)
    case _ => None
  }

  private def catalogName(expression: Expression): Expression = expression match {
    case UnresolvedAttribute(parts) => Literal(parts.mkString("."))
    case e: ExpressionWithUnresolvedIdentifier => e.identifierExpr
    case other => other
  }

  private def relation(parts: Seq[String]): Seq[String] = {
    val physical = Names.relation(parts)
    physical match {
      case Seq(Names.SessionCatalog, database, name) => Names.split(database).foreach { case (catalog, schema) =>
        relations(Seq(catalog, schema, Names.lower(name))) = physical
        relations(Seq(schema, Names.lower(name))) = physical
      }
      case _ =>
    }
    physical
  }

  /** Columns qualified by a relation of the statement: `c.s.t.column`, `s.t.column`, `c.s.t.*`. */
  private def columns(value: Any): Any = if (relations.isEmpty) value else value match {
    case node: TreeNode[_] => walk(node, columns) match {
      case a: UnresolvedAttribute => a.copy(nameParts = qualified(a.nameParts, 1))
      case s: UnresolvedStar => s.copy(target = s.target.map(qualified(_, 0)))
      case other => other
    }
    case other => descend(other, columns)
  }

  private def qualified(parts: Seq[String], below: Int): Seq[String] = {
    val lower = parts.map(Names.lower)
    relations.collectFirst {
      case (written, physical) if lower.startsWith(written) && parts.length >= written.length + below =>
        physical ++ parts.drop(written.length)
    }.getOrElse(parts)
  }

  /** The node with `change` applied to each constructor argument. */
  private def walk(node: TreeNode[_], change: Any => Any): Any = {
    val before = node.productIterator.toArray
    val after = before.map(change)
    if (before.zip(after).forall { case (a, b) => a.asInstanceOf[AnyRef] eq b.asInstanceOf[AnyRef] }) node
    else CurrentOrigin.withOrigin(node.origin)(node.makeCopy(after.map(_.asInstanceOf[AnyRef])))
  }

  private def descend(value: Any, change: Any => Any): Any = value match {
    case seq: Seq[_] => same(seq, seq.map(change))
    case Some(inner) => same(value, Some(change(inner)), Seq(inner))
    case map: Map[_, _] => same(map, map.map { case (key, inner) => key -> change(inner) })
    case (a, b) => same(value, (change(a), change(b)), Seq(a, b))
    case (a, b, c) => same(value, (change(a), change(b), change(c)), Seq(a, b, c))
    case other => other
  }

  private def same(before: Seq[_], after: Seq[_]): Any = if (unchanged(before, after)) before else after
  private def same(before: Map[_, _], after: Map[_, _]): Any =
    if (unchanged(before.values.toSeq, after.values.toSeq)) before else after
  private def same(before: Any, after: Product, parts: Seq[Any]): Any =
    if (unchanged(parts, after.productIterator.toSeq)) before else after
  private def unchanged(before: Seq[_], after: Seq[_]) =
    before.zip(after).forall { case (a, b) => a.asInstanceOf[AnyRef] eq b.asInstanceOf[AnyRef] }
}
