package org.apache.spark.sql.localworkspace

import java.time.{LocalDate, OffsetDateTime}
import java.time.temporal.ChronoUnit
import java.util.{Collections, WeakHashMap}

import scala.util.Try

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.catalyst.expressions._
import org.apache.spark.sql.delta.{NoMapping, Snapshot}
import org.apache.spark.sql.delta.actions.AddFile
import org.apache.spark.sql.delta.files.TahoeLogFileIndex
import org.apache.spark.sql.delta.stats._
import org.apache.spark.sql.execution.datasources.LogicalRelation
import org.apache.spark.sql.types._

/** Delta's rule that finds the files of each scan, with the list of a small table's files in memory.
  *
  * Delta asks for them with a Spark query of its own for each table of each statement: analysed, optimized and run as a
  * job, it costs more than what the statement does with a few small files (a third of all work for the dashboards,
  * measured 2026-12-01). Here the list is read once for a version of a table, and statistics are compared directly.
  * Scans within a transaction, of large tables and of tables with partitions are left to Delta.
  */
class ListedScans(session: SparkSession) extends PrepareDeltaScan(session) {
  override protected def filesForScan(
      generator: DeltaScanGenerator, limit: Option[Int], filters: Seq[Expression], table: LogicalRelation): DeltaScan =
    generator match {
      case snapshot: Snapshot if limit.isEmpty =>
        FileList.of(snapshot).fold(super.filesForScan(generator, limit, filters, table)) { list =>
          val began = System.currentTimeMillis()
          new ListedScan(list, snapshot, filters, list.matching(filters), began)
        }
      case _ => super.filesForScan(generator, limit, filters, table)
    }

  override protected def getPreparedIndex(scan: DeltaScan, index: TahoeLogFileIndex): PreparedDeltaFileIndex =
    scan match {
      case listed: ListedScan => new ListedFileIndex(listed, index)
      case _ => super.getPreparedIndex(scan, index)
    }
}

/** A scan of the files `found` in a list; `began` is when the search for them did, in milliseconds. */
class ListedScan(val list: FileList, snapshot: Snapshot, filters: Seq[Expression], found: Seq[AddFile], began: Long)
    extends DeltaScan(
      snapshot.version, found, total = list.size, partition = list.size, scanned = FileList.size(found))(
      scannedSnapshot = snapshot,
      partitionFilters = ExpressionSet(Nil),
      dataFilters = ExpressionSet(filters),
      partitionLikeDataFilters = ExpressionSet(Nil),
      rewrittenPartitionLikeDataFilters = Set.empty,
      unusedFilters = ExpressionSet(Nil),
      scanDurationMs = System.currentTimeMillis() - began,
      dataSkippingType = DeltaDataSkippingType.dataSkippingOnlyV1)

/** The files of a scan; filters that Spark finds after Delta's rule are compared here too. */
class ListedFileIndex(scan: ListedScan, index: TahoeLogFileIndex)
    extends PreparedDeltaFileIndex(
      index.spark, index.deltaLog, index.path, index.catalogTableOpt, scan, index.versionToUse) {
  override def matchingFiles(partitionFilters: Seq[Expression], dataFilters: Seq[Expression]): Seq[AddFile] =
    scan.list.matching(dataFilters)
}

/** The files of one version of a table, with what their statistics say. */
class FileList(files: IndexedSeq[ListedFile]) {
  val size: DataSize = FileList.size(files.map(_.plain))

  /** The files that may have rows which pass all `filters`. */
  def matching(filters: Seq[Expression]): Seq[AddFile] =
    files.collect { case file if filters.forall(file.mayPass) => file.plain }
}

object FileList {
  private val MaxFiles = 2000L
  // Lists do not refer to their snapshots, which live as long as their version is the newest one or is read.
  private val lists = Collections.synchronizedMap(new WeakHashMap[Snapshot, FileList])

  /** The list of a snapshot, read now if it has not been; None for a table that is left to Delta. */
  def of(snapshot: Snapshot): Option[FileList] =
    Option(lists.get(snapshot)).orElse(Option.when(small(snapshot)) {
      val list = new FileList(snapshot.allFiles.collect().toIndexedSeq.map(new ListedFile(_)))
      lists.put(snapshot, list)
      list
    })

  def size(files: Seq[AddFile]): DataSize =
    DataSize(bytesCompressed = Some(files.map(_.size).sum), files = Some(files.size.toLong))

  private def small(snapshot: Snapshot) =
    snapshot.metadata.partitionColumns.isEmpty && snapshot.metadata.columnMappingMode == NoMapping &&
      snapshot.checksumOpt.map(_.numFiles).getOrElse(snapshot.numOfFiles) <= MaxFiles
}

/** A file, and the smallest and largest value of its columns as far as they are compared. */
class ListedFile(file: AddFile) {
  /** As Delta gives files to a scan: without their statistics. */
  val plain: AddFile = file.copy(stats = null)
  private lazy val statistics = Option(file.stats).flatMap(text => Try(ListedFile.json.readTree(text)).toOption)

  /** False only if no row of the file can pass the filter. Without statistics, or for any other filter, it may. */
  def mayPass(filter: Expression): Boolean = filter match {
    case And(left, right) => mayPass(left) && mayPass(right)
    case Or(left, right) => mayPass(left) || mayPass(right)
    case EqualTo(column: Attribute, Value(value)) => range(column).forall(_.has(value))
    case EqualTo(Value(value), column: Attribute) => range(column).forall(_.has(value))
    case LessThan(column: Attribute, Value(value)) => range(column).forall(_.smallest < value)
    case GreaterThan(Value(value), column: Attribute) => range(column).forall(_.smallest < value)
    case LessThanOrEqual(column: Attribute, Value(value)) => range(column).forall(_.smallest <= value)
    case GreaterThanOrEqual(Value(value), column: Attribute) => range(column).forall(_.smallest <= value)
    case GreaterThan(column: Attribute, Value(value)) => range(column).forall(_.largest > value)
    case LessThan(Value(value), column: Attribute) => range(column).forall(_.largest > value)
    case GreaterThanOrEqual(column: Attribute, Value(value)) => range(column).forall(_.largest >= value)
    case LessThanOrEqual(Value(value), column: Attribute) => range(column).forall(_.largest >= value)
    case In(column: Attribute, values) =>
      val found = values.collect { case Value(value) => value }
      found.size < values.size || range(column).forall(range => found.exists(range.has))
    case InSet(column: Attribute, values) =>
      val found = values.toSeq.collect { case value: Int => value.toLong; case value: Long => value }
      found.size < values.size || range(column).forall(range => found.exists(range.has))
    case _ => true
  }

  private def range(column: Attribute): Option[Range] =
    for {
      all <- statistics
      smallest <- number(all.path("minValues").path(column.name), column.dataType, -1)
      largest <- number(all.path("maxValues").path(column.name), column.dataType, 1)
    } yield Range(smallest, largest)

  private def number(value: JsonNode, kind: DataType, sign: Int): Option[Long] = kind match {
    case LongType | IntegerType | ShortType | ByteType => Option.when(value.isIntegralNumber)(value.longValue)
    case DateType => Try(LocalDate.parse(value.textValue).toEpochDay).toOption
    // Delta keeps milliseconds, and older versions cut seconds off the zone, so a minute is allowed for both.
    case TimestampType =>
      Try(ChronoUnit.MICROS.between(java.time.Instant.EPOCH, OffsetDateTime.parse(value.textValue).toInstant))
        .toOption.map(_ + sign * 60_000_000L)
    case _ => None
  }

  private case class Range(smallest: Long, largest: Long) {
    def has(value: Long): Boolean = smallest <= value && value <= largest
  }

  /** A whole number, as Spark keeps days and microseconds too. */
  private object Value {
    def unapply(expression: Expression): Option[Long] = expression match {
      case Literal(value: Int, _) => Some(value.toLong)
      case Literal(value: Long, _) => Some(value)
      case Literal(value: Short, _) => Some(value.toLong)
      case Literal(value: Byte, _) => Some(value.toLong)
      case _ => None
    }
  }
}

object ListedFile {
  private val json = new ObjectMapper
}
