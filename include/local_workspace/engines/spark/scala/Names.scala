package org.apache.spark.sql.localworkspace

import java.nio.file.{Files, NoSuchFileException, Path, Paths}
import java.util.Locale

import scala.jdk.CollectionConverters._
import scala.util.matching.Regex

import org.apache.spark.sql.AnalysisException
import org.apache.spark.sql.internal.SQLConf

/** Unity Catalog's names on Spark's one session catalog: `c.s.x` is kept as `spark_catalog.c__s.x`. */
object Names {
  val SessionCatalog = "spark_catalog"
  private val Separator = "__"
  // The metastore keeps a database name in 128 characters.
  private val LongestDatabase = 128
  private val Reserved = Set(SessionCatalog, "system", "session", "builtin", "global_temp")
  private val PathFormats = Set("delta", "parquet", "json", "csv", "text", "orc", "avro", "binaryfile", "xml")
  private val Part = "[a-z0-9](?:[a-z0-9_]*[a-z0-9])?".r
  // `spark_catalog`.`c__s`, `c__s`.`t`, schema `c__s`, CREATE VIEW c__s.v; never a column or table called a__b.
  private val Physical = (s"(?i)(`?$SessionCatalog`?\\.|\\b(?:schema|database|namespace|view|table) |(?<![`.\\w])(?=`\\w+`\\.`))" +
    s"(`?)([a-z0-9_]+?)$Separator([a-z0-9_]+)\\2(?!\\w)").r

  // Registered, so that views and functions keep the value of the session in which they were made.
  val CurrentCatalog = SQLConf.buildConf("spark.workspace.catalog")
    .doc("The catalog to which names of one or two parts belong.")
    .version("4.2.0")
    .stringConf
    .createOptional

  private val CatalogsFile = "spark.workspace.catalogsFile"

  def currentCatalog: Option[String] = SQLConf.get.getConf(CurrentCatalog).map(lower)

  /** The name of a table, view or function as Spark knows it. */
  def relation(parts: Seq[String]): Seq[String] = parts match {
    case Seq(first, _*) if lower(first) == "system" || reservedSchema(parts) => throw new UnservedSystemTable(parts)
    case Seq(catalog, schema, name) if !reserved(catalog) => Seq(SessionCatalog, database(catalog, schema), name)
    case Seq(schema, name) if mapped(schema) && !isPath(schema, name) =>
      currentCatalog.fold(parts)(catalog => Seq(SessionCatalog, database(catalog, schema), name))
    case _ => parts
  }

  /** Like `relation`, for functions: Spark's own live in `system.builtin` and `system.session`. */
  def function(parts: Seq[String]): Seq[String] = if (lower(parts.head) == "system") parts else relation(parts)

  /** The name of a schema as Spark knows it. */
  def namespace(parts: Seq[String]): Seq[String] = parts match {
    case Seq(catalog, schema) if !reserved(catalog) => Seq(SessionCatalog, database(catalog, schema))
    case Seq(schema) if mapped(schema) =>
      currentCatalog.fold(parts)(catalog => Seq(SessionCatalog, database(catalog, schema)))
    case _ => parts
  }

  /** Spark's database for a schema of a catalog. */
  def database(catalog: String, schema: String): String = {
    requireCatalog(catalog)
    val name = lower(catalog) + Separator + lower(schema)
    if (!validPart(schema) || name.length > LongestDatabase) throw new InvalidName(schema)
    name
  }

  /** Catalog and schema of one of Spark's databases, None for those that belong to no catalog. */
  def split(database: String): Option[(String, String)] = database.indexOf(Separator) match {
    case at if at > 0 => Some((database.take(at), database.drop(at + Separator.length)))
    case _ => None
  }

  /** A text with `spark_catalog.c__s` written as `c.s`, in the quotes that it had. */
  def logicalText(text: String): String = if (text == null) null else Physical.replaceAllIn(text, found => {
    val before = if (lower(found.group(1)).contains(SessionCatalog)) "" else found.group(1)
    val quote = found.group(2)
    Regex.quoteReplacement(s"$before$quote${found.group(3)}$quote.$quote${found.group(4)}$quote")
  })

  /** The names of all catalogs, sorted; None when nobody keeps a list and every name will do. */
  def catalogs: Option[Seq[String]] =
    Option(SQLConf.get.getConfString(CatalogsFile, null)).flatMap(file => KnownCatalogs.read(Paths.get(file)))

  /** Fails as Databricks does when the catalog does not exist. */
  def requireCatalog(name: String): Unit = {
    if (catalogs.exists(!_.contains(lower(name)))) throw new NoSuchCatalog(name)
    if (!validPart(name)) throw new InvalidName(name)
  }

  def lower(name: String): String = name.toLowerCase(Locale.ROOT)

  private def validPart(name: String) = Part.matches(lower(name)) && !name.contains(Separator)
  private def reserved(name: String) = Reserved.contains(lower(name))
  private def mapped(schema: String) = !reserved(schema) && !schema.contains(Separator)
  private def isPath(format: String, name: String) = PathFormats.contains(lower(format)) && name.exists("/:.".contains(_))
  private def reservedSchema(parts: Seq[String]) =
    parts.length > 1 && lower(parts(parts.length - 2)) == "information_schema"
}

/** The list of catalogs that the workspace writes, read again when the file has changed. */
private object KnownCatalogs {
  @volatile private var last: (Path, Long, Seq[String]) = (null, -1L, Nil)

  def read(file: Path): Option[Seq[String]] = try {
    val changed = Files.getLastModifiedTime(file).to(java.util.concurrent.TimeUnit.NANOSECONDS)
    if (last._1 != file || last._2 != changed) {
      val names = Files.readAllLines(file).asScala.map(_.trim).filter(_.nonEmpty).map(Names.lower).sorted.toSeq
      last = (file, changed, names)
    }
    Some(last._3)
  } catch { case _: NoSuchFileException => None }
}

class NoSuchCatalog(name: String) extends AnalysisException(
    s"[NO_SUCH_CATALOG_EXCEPTION] Catalog '$name' was not found. Please verify the catalog name and then retry the " +
      "query or command again. SQLSTATE: 42704",
    errorClass = Some("NO_SUCH_CATALOG_EXCEPTION"), messageParameters = Map("catalog" -> name)) {
  override def getSqlState: String = "42704"
}

class InvalidName(name: String) extends AnalysisException(
    s"[INVALID_SCHEMA_OR_RELATION_NAME] `$name` is not a valid name for a catalog or schema here. Use letters, digits " +
      "and single underscores (not at the ends), at most 126 characters for both together. SQLSTATE: 42602",
    errorClass = Some("INVALID_SCHEMA_OR_RELATION_NAME"), messageParameters = Map("name" -> s"`$name`")) {
  override def getSqlState: String = "42602"
}

class UnservedSystemTable(parts: Seq[String]) extends AnalysisException(
    s"[UNSUPPORTED_FEATURE.SYSTEM_TABLE] ${parts.mkString(".")} is not served by the local workspace: it has no system " +
      "catalog and no information_schema. Use SHOW and DESCRIBE statements or the Unity Catalog REST API. " +
      "SQLSTATE: 0A000",
    errorClass = Some("UNSUPPORTED_FEATURE.SYSTEM_TABLE"), messageParameters = Map("name" -> parts.mkString("."))) {
  override def getSqlState: String = "0A000"
}
