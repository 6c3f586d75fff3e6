package org.apache.spark.sql.localworkspace

import java.lang.management.ManagementFactory
import java.util.{Map => JMap}
import java.util.concurrent.ConcurrentHashMap

import org.apache.hadoop.fs.{FileSystem, Path}
import org.apache.spark.internal.Logging
import org.apache.spark.sql.catalyst.TableIdentifier
import org.apache.spark.sql.classic.SparkSession
import org.apache.spark.sql.connector.catalog._
import org.apache.spark.sql.connector.expressions.Transform
import org.apache.spark.sql.delta.DeltaLog
import org.apache.spark.sql.delta.catalog.DeltaCatalog

/** Delta's catalog, which also creates a managed table where a killed or cancelled statement left a part of one.
  *
  * The folder of a managed table has the table's name. A statement that ends between Delta's first write and the entry
  * in the metastore leaves a folder that no table owns, and each later CREATE TABLE of the name would be refused
  * (DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION). On Databricks each table gets a folder of its own.
  */
class WorkspaceCatalog extends DeltaCatalog {
  override def createTable(
      ident: Identifier, columns: Array[Column], partitions: Array[Transform], properties: JMap[String, String]): Table =
    Leftovers.lock(ident).synchronized {
      Leftovers.clear(ident, properties)
      super.createTable(ident, columns, partitions, properties)
    }

  override def stageCreate(ident: Identifier, table: TableInfo): StagedTable =
    Leftovers.lock(ident).synchronized {
      Leftovers.clear(ident, table.properties)
      super.stageCreate(ident, table)
    }

  override def stageCreateOrReplace(ident: Identifier, table: TableInfo): StagedTable =
    Leftovers.lock(ident).synchronized {
      Leftovers.clear(ident, table.properties)
      super.stageCreateOrReplace(ident, table)
    }
}

object Leftovers extends Logging {
  private val Elsewhere = Seq(TableCatalog.PROP_LOCATION, TableCatalog.PROP_EXTERNAL, "path", "option.path")
  private val locks = new ConcurrentHashMap[Identifier, Object]

  /** Held while a table of this name is made: what one statement has begun is no leftover to another. */
  def lock(ident: Identifier): Object = locks.computeIfAbsent(ident, _ => new Object)

  /** Remove what is left of a managed table of this name. */
  def clear(ident: Identifier, properties: JMap[String, String]): Unit =
    if (ident.namespace.length == 1 && !Elsewhere.exists(properties.containsKey)) clear(ident)

  private def clear(ident: Identifier): Unit = {
    val session = SparkSession.active
    val catalog = session.sessionState.catalog
    val table = TableIdentifier(ident.name, Some(ident.namespace.head))
    if (catalog.databaseExists(ident.namespace.head)) {
      val folder = new Path(catalog.defaultTablePath(table))
      val files = folder.getFileSystem(session.sessionState.newHadoopConf())
      if (files.exists(folder) && !catalog.tableExists(table) && abandoned(files, folder)) {
        logWarning(s"removing $folder, left behind by a statement that did not end")
        files.delete(folder, true)
        DeltaLog.invalidateCache(session, folder)
      }
    }
  }

  /** Whether nobody can be writing there: nothing is newer than this server, or there is no data yet. */
  private def abandoned(files: FileSystem, folder: Path): Boolean = {
    val found = files.listFiles(folder, true)
    val inside = Iterator.continually(found).takeWhile(_.hasNext).map(_.next()).toSeq
    val started = ManagementFactory.getRuntimeMXBean.getStartTime
    inside.forall(_.getModificationTime < started) || inside.forall(_.getPath.toString.contains("/_delta_log/"))
  }
}
