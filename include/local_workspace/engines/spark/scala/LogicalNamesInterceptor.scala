package org.apache.spark.sql.localworkspace

import scala.jdk.CollectionConverters._

import org.apache.spark.connect.proto.{AnalyzePlanResponse, FetchErrorDetailsResponse}
import org.sparkproject.connect.google_protos.rpc.{Status => Details}
import org.sparkproject.connect.grpc._
import org.sparkproject.connect.grpc.ForwardingServerCall.SimpleForwardingServerCall
import org.sparkproject.connect.protobuf.Descriptors.FieldDescriptor
import org.sparkproject.connect.protobuf.Descriptors.FieldDescriptor.JavaType
import org.sparkproject.connect.protobuf.Message

/** Errors and plans leave the server with the workspace's names, whichever client asked. */
class LogicalNamesInterceptor extends ServerInterceptor {
  private val DetailsKey = Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER)

  override def interceptCall[Q, R](
      call: ServerCall[Q, R], headers: Metadata, next: ServerCallHandler[Q, R]): ServerCall.Listener[Q] = {
    val answering = new SimpleForwardingServerCall[Q, R](call) {
      override def sendMessage(message: R): Unit = super.sendMessage(message match {
        case error: FetchErrorDetailsResponse => logical(error).asInstanceOf[R]
        case plan: AnalyzePlanResponse if plan.hasExplain => logical(plan).asInstanceOf[R]
        case other => other
      })

      // The client compares the description with the message in the details, so both change alike.
      override def close(status: Status, trailers: Metadata): Unit = {
        Option(trailers.get(DetailsKey)).foreach { bytes =>
          val details = Details.parseFrom(bytes)
          trailers.discardAll(DetailsKey)
          val message = Names.logicalText(details.getMessage)
          trailers.put(DetailsKey, details.toBuilder.setMessage(message).build().toByteArray)
        }
        super.close(status.withDescription(Names.logicalText(status.getDescription)), trailers)
      }
    }
    next.startCall(answering, headers)
  }

  /** The message with every text in it mapped. */
  private def logical(message: Message): Message = {
    val builder = message.toBuilder
    message.getAllFields.asScala.foreach { case (field, value) =>
      builder.setField(field, value match {
        case several: java.util.List[_] => several.asScala.map(logical(field, _)).asJava
        case single => logical(field, single)
      })
    }
    builder.build()
  }

  private def logical(field: FieldDescriptor, value: Any): Any = field.getJavaType match {
    case JavaType.STRING => Names.logicalText(value.asInstanceOf[String])
    case JavaType.MESSAGE => logical(value.asInstanceOf[Message])
    case _ => value
  }
}
