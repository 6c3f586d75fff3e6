package org.apache.spark.sql.localworkspace

import org.apache.spark.rdd.RDD
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{Attribute, SortOrder}
import org.apache.spark.sql.catalyst.expressions.codegen.{CodegenContext, ExprCode}
import org.apache.spark.sql.catalyst.plans.physical.{Partitioning, SinglePartition}
import org.apache.spark.sql.catalyst.rules.Rule
import org.apache.spark.sql.execution._

/** What is read from a few small files is one partition, so that nothing above it needs a shuffle.
  *
  * Spark shuffles before each aggregate, window and sort even if all rows are in one task: a stage of its own, with its
  * jobs, serialized tasks and files, which costs far more than the rows of a day do.
  */
object SmallScans extends Rule[SparkPlan] {
  private val MaxBytes = 16L << 20
  private val MaxFiles = 100

  override def apply(plan: SparkPlan): SparkPlan = plan.transformUp {
    case scan: FileSourceScanExec if small(scan.selectedPartitions) => OnePartition(scan)
    case rows: LocalTableScanExec => OnePartition(rows)
  }

  private def small(files: ScanFileListing) = files.totalFileSize <= MaxBytes && files.totalNumberOfFiles <= MaxFiles
}

/** The rows of `child`, in one partition. */
case class OnePartition(child: SparkPlan) extends UnaryExecNode with CodegenSupport {
  override def output: Seq[Attribute] = child.output
  override def outputPartitioning: Partitioning = SinglePartition
  override def outputOrdering: Seq[SortOrder] = Nil

  override protected def doExecute(): RDD[InternalRow] = joined(child.execute())
  override def inputRDDs(): Seq[RDD[InternalRow]] = child.asInstanceOf[CodegenSupport].inputRDDs().map(joined)
  override protected def doProduce(context: CodegenContext): String =
    child.asInstanceOf[CodegenSupport].produce(context, this)
  override def doConsume(context: CodegenContext, input: Seq[ExprCode], row: ExprCode): String = consume(context, input)

  private def joined(rows: RDD[InternalRow]): RDD[InternalRow] =
    rows.getNumPartitions match {
      case 1 => rows
      case 0 => new CoalesceExec.EmptyRDDWithPartitions(sparkContext, 1)
      case _ => rows.coalesce(1)
    }

  override protected def withNewChildInternal(changed: SparkPlan): OnePartition = copy(child = changed)
}
