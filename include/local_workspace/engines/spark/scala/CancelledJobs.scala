package org.apache.spark.sql.localworkspace

import java.util.{Collections, LinkedHashMap, Map => JMap}

import org.apache.spark.SparkContext
import org.apache.spark.scheduler.{SparkListener, SparkListenerEvent, SparkListenerJobStart}
import org.apache.spark.sql.connect.service.{SparkListenerConnectOperationCanceled, SparkListenerConnectOperationFailed}

/** Ends jobs that an operation starts after it was cancelled or has failed; named in `spark.extraListeners`.
  *
  * Adaptive execution submits its stages in threads of its own. One that is submitted just after Spark Connect has
  * cancelled the operation's jobs runs to its end, unseen, and holds every task slot meanwhile (seen 2026-11-23 in
  * 4.2.0).
  */
class CancelledJobs extends SparkListener {
  private val Remembered = 1000
  private val over = Collections.newSetFromMap(new LinkedHashMap[String, java.lang.Boolean] {
    override def removeEldestEntry(eldest: JMap.Entry[String, java.lang.Boolean]): Boolean = size > Remembered
  })

  override def onOtherEvent(event: SparkListenerEvent): Unit = event match {
    case cancelled: SparkListenerConnectOperationCanceled => end(cancelled.jobTag)
    case failed: SparkListenerConnectOperationFailed => end(failed.jobTag)
    case _ =>
  }

  override def onJobStart(start: SparkListenerJobStart): Unit = {
    val tags = Option(start.properties).flatMap(found => Option(found.getProperty(SparkContext.SPARK_JOB_TAGS)))
    if (tags.exists(_.split(SparkContext.SPARK_JOB_TAGS_SEP).exists(over.contains)))
      SparkContext.getActive.foreach(_.cancelJob(start.jobId, "its operation was cancelled or has failed"))
  }

  /** A job that started before this event was heard is known to the scheduler; a later one comes to onJobStart. */
  private def end(tag: String): Unit = {
    over.add(tag)
    SparkContext.getActive.foreach(_.cancelJobsWithTag(tag, "its operation was cancelled or has failed"))
  }
}
