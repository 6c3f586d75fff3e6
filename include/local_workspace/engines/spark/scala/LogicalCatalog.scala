package org.apache.spark.sql.localworkspace

import scala.reflect.ClassTag
import scala.reflect.runtime.universe.TypeTag

import org.apache.spark.sql.catalog.{CatalogMetadata, Database, Function, Table}
import org.apache.spark.sql.catalyst.DefinedByConstructorParams
import org.apache.spark.sql.catalyst.util.StringUtils
import org.apache.spark.sql.classic.{Catalog, Dataset, SparkSession}

/** `spark.catalog` with the workspace's names, for what Spark's own gives back or takes as a schema. */
class LogicalCatalog(session: SparkSession) extends Catalog(session) {
  override def currentCatalog(): String = Names.currentCatalog.getOrElse(Names.SessionCatalog)
  override def setCurrentCatalog(name: String): Unit = Current.useCatalog(session, name)
  override def listCatalogs(): Dataset[CatalogMetadata] = listCatalogs("*")
  override def listCatalogs(pattern: String): Dataset[CatalogMetadata] =
    data(StringUtils.filterPattern(Names.catalogs.getOrElse(Nil), pattern).map(new CatalogMetadata(_, null)))

  override def currentDatabase: String = schemaOnly(session.sessionState.catalogManager.currentNamespace.mkString("."))
  override def setCurrentDatabase(name: String): Unit = Current.use(session, physical(name))
  override def listDatabases(): Dataset[Database] = listDatabases("*")
  override def listDatabases(pattern: String): Dataset[Database] =
    data(Current.schemas(session, currentCatalog(), Some(pattern)).map(getDatabase))
  override def getDatabase(name: String): Database = {
    val found = super.getDatabase(quoted(name))
    val (catalog, schema) = Names.split(found.name).getOrElse((found.catalog, found.name))
    new Database(schema, catalog, found.description, found.locationUri)
  }
  override def databaseExists(name: String): Boolean = Names.split(physical(name)).forall { case (catalog, _) =>
    Names.catalogs.forall(_.contains(catalog)) } && session.sessionState.catalog.databaseExists(physical(name))

  override def listTables(): Dataset[Table] = tables(super.listTables(currentPhysical))
  override def listTables(schema: String): Dataset[Table] = tables(super.listTables(quoted(schema)))
  override def listTables(schema: String, pattern: String): Dataset[Table] =
    tables(super.listTables(quoted(schema), pattern))
  override def getTable(name: String): Table = logical(super.getTable(name))
  override def getTable(schema: String, name: String): Table = logical(super.getTable(physical(schema), name))
  override def tableExists(schema: String, name: String): Boolean = super.tableExists(physical(schema), name)
  override def tableExists(name: String): Boolean =
    try super.tableExists(name) catch { case _: NoSuchCatalog => false }

  override def listFunctions(): Dataset[Function] = functions(super.listFunctions(currentPhysical))
  override def listFunctions(schema: String): Dataset[Function] = functions(super.listFunctions(quoted(schema)))
  override def listFunctions(schema: String, pattern: String): Dataset[Function] =
    functions(super.listFunctions(quoted(schema), pattern))
  override def getFunction(name: String): Function = logical(super.getFunction(name))
  override def functionExists(schema: String, name: String): Boolean = super.functionExists(physical(schema), name)

  private def currentPhysical = session.sessionState.catalogManager.currentNamespace.mkString(".")

  /** Spark's database for `s` or `c.s`. */
  private def physical(schema: String): String =
    Names.namespace(session.sessionState.sqlParser.asInstanceOf[ThreeLevelParser].parts(schema)).last
  private def quoted(schema: String) = s"${Names.SessionCatalog}.${physical(schema)}"

  private def tables(found: Dataset[Table]) = data(found.collect().toSeq.map(logical))
  private def functions(found: Dataset[Function]) = data(found.collect().toSeq.map(logical))
  private def data[T <: DefinedByConstructorParams: TypeTag: ClassTag](rows: Seq[T]): Dataset[T] =
    Catalog.makeDataset(rows, session)

  private def logical(table: Table): Table = place(table.namespace).fold(table) { case (catalog, schema) =>
    new Table(table.name, catalog, Array(schema), table.description, table.tableType, table.isTemporary)
  }
  private def logical(function: Function): Function = place(function.namespace).fold(function) {
    case (catalog, schema) => new Function(
      function.name, catalog, Array(schema), function.description, function.className, function.isTemporary)
  }
  private def place(namespace: Array[String]) = Option(namespace).flatMap(_.headOption).flatMap(Names.split)
  private def schemaOnly(database: String) = Names.split(database).fold(database)(_._2)
}

object LogicalCatalog {
  /** Spark has no seam for a session's catalog object: it is put into the field behind the lazy value. */
  def install(session: SparkSession): Unit = {
    session.catalog
    val field = classOf[SparkSession].getDeclaredField("catalog")
    field.setAccessible(true)
    field.set(session, new LogicalCatalog(session))
  }
}
